"""The LLM stand-in of the examples, as a process on a free port."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_SERVER = Path(__file__).resolve().parents[2] / "examples" / "llm_stand_in" / "server.py"


@contextlib.contextmanager
def stand_in(*arguments: str) -> Iterator[str]:
    """Runs it inside of the block; gives the base URL for OpenAI's client."""
    command = [sys.executable, str(_SERVER), "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+/v1", process.stdout.readline())
            assert found, "the stand-in did not say where it listens"
            yield found[0]
        finally:
            process.terminate()
