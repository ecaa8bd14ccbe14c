"""The real server, as a process on a free port with data of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

Json = dict[str, Any]

_ROOT = Path(__file__).resolve().parents[2]
# Read before tests clear the environment.
BINARY = Path(os.environ.get("PANDAPROBE_BINARY", _ROOT / "target" / "debug" / "pandaprobe"))


class Server:
    """Runs while inside its `with`; starts again on the same data and port with `start`."""

    def __init__(self) -> None:
        self._data = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[str] | None = None
        self.address = "127.0.0.1:0"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.address}"

    def start(self) -> None:
        """Starts and waits until it listens."""
        assert BINARY.exists(), f"{BINARY} is missing; run `cargo build -p pandaprobe`"
        self._process = subprocess.Popen(
            [BINARY, "serve", "--listen", self.address, "--data", self._data.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                self.address = found[1]
                return
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        """Ends the process; its data stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def get(self, path: str, **query: str) -> Json:
        """Asks the API."""
        url = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url) as answer:
            decoded: Json = json.load(answer)
            return decoded

    def traces(self, **query: str) -> list[Json]:
        """All traces with spans and payloads, oldest first."""
        page = self.get("/traces", sort_order="asc", **query)
        return [self.get(f"/traces/{item['trace_id']}") for item in page["items"]]

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._data.cleanup()
