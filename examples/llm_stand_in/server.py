"""Starts the LLM stand-in: `python examples/llm_stand_in/server.py --port 8001`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from llm_stand_in.app import main

if __name__ == "__main__":
    main()
