"""Says how to get a model when none is configured; the examples call it first."""

from __future__ import annotations

import os
import sys

HELP = """\
No model is configured. Start the LLM stand-in in another terminal, it needs no network:

    python examples/llm_stand_in/server.py --port 8001

and run this example again with

    export OPENAI_BASE_URL=http://127.0.0.1:8001/v1 OPENAI_API_KEY=offline

or set only OPENAI_API_KEY to use OpenAI itself."""


def check() -> None:
    """Ends the program with an explanation if there is no model to talk to."""
    if not os.environ.get("OPENAI_BASE_URL") and not os.environ.get("OPENAI_API_KEY"):
        sys.exit(HELP)
    # The stand-in takes any key, but OpenAI's client insists on one.
    os.environ.setdefault("OPENAI_API_KEY", "offline")
