#!/usr/bin/env python3
"""Checks the server against its own API description with schemathesis.

Starts the server on a free port with an empty data directory, sends what the
description allows and what it does not, and demands that nothing is a failure
of the server and that every answer is one that the description has: status,
content type and body. Nothing is installed: run it with a Python that can
import `schemathesis`. The last line is `N passed, N failed`, by operation.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import schemathesis
from schemathesis.cli import schemathesis as schemathesis_cli

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]

# Random ids find nothing: every other request is about these, which are there.
TRACE = "00000000-0000-4000-8000-000000000001"
SPAN = "00000000-0000-4000-8000-000000000002"
SESSION = "contract-check"
KNOWN = {
    "trace_id": TRACE,
    "name": "known",
    "started_at": "2026-01-02T03:04:05Z",
    "ended_at": "2026-01-02T03:04:06.5Z",
    "session_id": SESSION,
    "user_id": "somebody",
    "tags": ["known"],
    "input": {"messages": [{"role": "user", "content": "hello"}]},
    "spans": [
        {
            "span_id": SPAN,
            "name": "generate",
            "kind": "LLM",
            "model": "gpt-4o",
            "started_at": "2026-01-02T03:04:05Z",
            "ended_at": "2026-01-02T03:04:06Z",
            "token_usage": {"prompt_tokens": 3, "completion_tokens": 4},
        }
    ],
}


@contextlib.contextmanager
def server(binary: Path) -> Iterator[str]:
    """Serves an empty store on a free port."""
    with tempfile.TemporaryDirectory() as data:
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)
                found = next((match for match in lines if match), None)
                if not found:
                    raise RuntimeError("the server did not say where it listens")
                yield found[0]
            finally:
                process.terminate()


# The ids of what the server made itself.
MANAGED: dict[str, str] = {}


def call(url: str, path: str, body: object = None) -> Any:
    """Asks the API; posts `body` if there is one."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data)) as answer:
        return json.load(answer)


def send_known(url: str) -> None:
    """Sends what half of the requests are about: an earlier one may have deleted it."""
    org = call(url, "/organizations")[0]["id"]
    MANAGED.update(org_id=org)
    path = f"/organizations/{org}/projects"
    there = [project for project in call(url, path) if project["name"] == "known"]
    project = there[0] if there else call(url, path, {"name": "known"})
    key = call(url, f"/organizations/{org}/api-keys", {"name": "known", "expiration": "90d"})
    MANAGED.update(project_id=project["id"], key_id=key["id"], user_id=call(url, "/me")["id"])
    request = urllib.request.Request(
        f"{url}/traces", json.dumps(KNOWN).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        answer.read()


def point_at_known(case: schemathesis.Case) -> None:
    """Replaces the ids in a request by those of what is there."""
    known = {"trace_id": TRACE, "span_id": SPAN, "session_id": SESSION, **MANAGED}
    for name in known.keys() & (case.path_parameters or {}).keys():
        case.path_parameters[name] = known[name]
    if case.operation.path == "/sessions/by-id":
        case.query = {**(case.query or {}), "id": SESSION}
    if isinstance(case.body, dict):
        for name, value in (
            ("trace_ids", [TRACE]),
            ("session_ids", [SESSION]),
            ("trace_id", TRACE),
            *MANAGED.items(),
        ):
            if name in case.body:
                case.body[name] = value


def extend(url: str) -> None:
    """Teaches schemathesis the rest of what it needs to know here."""
    cases = itertools.count()

    @schemathesis.hook
    def before_call(context: schemathesis.HookContext, case: schemathesis.Case, **kwargs: object) -> None:
        if next(cases) % 2:
            send_known(url)
            point_at_known(case)

    @schemathesis.serializer("application/x-ndjson")
    def lines(context: schemathesis.SerializationContext, value: object) -> bytes:
        items = value if isinstance(value, list) else [value]
        return b"\n".join(json.dumps(item).encode() for item in items)


def check(url: str, examples: int, seed: int) -> tuple[int, int, int]:
    """Runs all checks; returns operations that passed, that failed, and the exit code."""
    extend(url)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        arguments = ["run", f"{url}/openapi.json", "--no-color", "--generation-database", "none"]
        arguments += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"]
        arguments += ["--max-examples", str(examples), "--seed", str(seed), "--warnings", "off"]
        arguments += ["--suppress-health-check", "all", "--continue-on-failure"]
        arguments += ["--report", "junit", "--report-junit-path", str(report)]
        try:
            code = schemathesis_cli.main(arguments, standalone_mode=False) or 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        tests = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    bad = sum(1 for test in tests if any(part.tag in ("failure", "error") for part in test))
    return len(tests) - bad, bad, int(code)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--binary", type=Path, default=TARGET / "debug" / "pandaprobe", help="the server")
    parser.add_argument("--examples", type=int, default=25, help="requests an operation, at most, in a phase")
    parser.add_argument("--seed", type=int, default=20260102)
    arguments = parser.parse_args()
    with server(arguments.binary) as url:
        passed, failed, code = check(url, arguments.examples, arguments.seed)
    if code and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
