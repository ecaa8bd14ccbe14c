#!/usr/bin/env python3
"""Runs every check and every test, and sums the results over all runners.

Checks (format, lint, types, generated files) fail the run but are not
counted; tests of Rust, Python, web and browser are. The last line is
`N passed, N failed`. A runner that runs no test is a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PYTHON = ROOT / ".venv" / "bin"
PYTHON_CODE = ["python", "examples", "scripts", "benches"]
BINARY = TARGET / "debug" / "pandaprobe"

# Where each runner states its result.
COUNTS = {
    "nextest": r"tests? run: (?:(?P<passed>\d+) passed)?(?:[^,]*)?(?:.*?(?P<failed>\d+) failed)?",
    "cargo": r"test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed",
    "pytest": r"^=*\s*(?:(?P<failed>\d+) failed)?(?:, )?(?:(?P<passed>\d+) passed)?.* in [\d.]+s",
    "vitest": r"^\s*Tests\s+(?:(?P<failed>\d+) failed \| )?(?:(?P<passed>\d+) passed)?",
    "contract": r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed",
    "playwright": r"^\s*(?:(?P<failed>\d+) failed|(?P<passed>\d+) passed)",
}


@dataclass
class Report:
    """What has been run so far."""

    passed: int = 0
    failed: int = 0
    broken: list[str] = field(default_factory=list)

    def run(
        self,
        name: str,
        command: list[str | Path],
        *,
        cwd: Path = ROOT,
        runner: str | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        """Runs a command, shows its output, and counts what its runner says."""
        print(f"\n=== {name}", flush=True)
        begun = time.monotonic()
        lines: list[str] = []
        with subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", "CARGO_TERM_COLOR": "never", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line)
        passed, failed = count(runner, "".join(lines)) if runner else (0, 0)
        self.passed += passed
        self.failed += failed
        if process.returncode != 0:
            self.broken.append(name)
        elif runner and passed + failed == 0:
            self.broken.append(f"{name} (ran no test)")
        print(f"--- {name}: {time.monotonic() - begun:.0f} s, exit {process.returncode}", flush=True)


def count(runner: str, output: str) -> tuple[int, int]:
    """Sums passed and failed tests over all result lines of a runner."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    passed = failed = 0
    for match in re.finditer(COUNTS[runner], plain, re.MULTILINE):
        passed += int(match["passed"] or 0)
        failed += int(match["failed"] or 0)
    return passed, failed


def chat(env: dict[str, str]) -> None:
    """Has the chat example talk to the stand-in."""
    command = [PYTHON / "python", ROOT / "examples" / "llm_stand_in" / "server.py", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stand_in:
        try:
            assert stand_in.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", stand_in.stdout.readline())
            if not found:
                raise RuntimeError("the LLM stand-in did not say where it listens")
            env = {**env, "OPENAI_BASE_URL": f"{found[0]}/v1", "OPENAI_API_KEY": "offline"}
            typed = "What is the capital of France?\nAnd how many people live there?\nquit\n"
            example = [PYTHON / "python", ROOT / "examples" / "chat.py"]
            subprocess.run(example, env=env, input=typed, text=True, check=True)
        finally:
            stand_in.terminate()


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serves the demo data and the traces of two examples on a free port."""
    with tempfile.TemporaryDirectory() as data:
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data", data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                found = None
                for line in process.stdout:
                    found = re.search(r"http://127\.0\.0\.1:\d+", line)
                    if found:
                        break
                if not found:
                    raise RuntimeError("the server did not say where it listens")
                # The rest of its output must not fill the pipe.
                subprocess.run([BINARY, "demo", "--endpoint", found[0]], check=True)
                env = {**os.environ, "PANDAPROBE_ENDPOINT": found[0]}
                subprocess.run([PYTHON / "python", ROOT / "examples" / "quickstart.py"], env=env, check=True)
                chat({**env, "PANDAPROBE_PROJECT_NAME": "chat"})
                yield found[0]
            finally:
                process.terminate()


def checks(report: Report) -> None:
    """Format, lint, types and generated files."""
    report.run("rustfmt", ["cargo", "fmt", "--all", "--check"])
    report.run("clippy", ["cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    report.run("ruff", [PYTHON / "ruff", "check", *PYTHON_CODE])
    report.run("ruff format", [PYTHON / "ruff", "format", "--check", *PYTHON_CODE])
    web = ROOT / "web"
    for script in ("lint", "format:check", "typecheck", "generate:check"):
        report.run(f"web {script}", ["npm", "run", "--silent", script], cwd=web)


def rust(report: Report, soak: bool) -> None:
    """Unit, property and integration tests, and the examples in doc comments."""
    env = {"PROPTEST_CASES": "20000", "PANDAPROBE_SOAK": "1"} if soak else {}
    nextest = ["cargo", "nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail"]
    report.run("Rust tests", [*nextest, "--final-status-level", "fail"], runner="nextest", env=env)
    report.run("Rust documentation", ["cargo", "test", "--workspace", "--doc", "--quiet"], runner="cargo")


def python(report: Report) -> None:
    """The SDK: types, stubs against the binary, tests."""
    folder = ROOT / "python"
    report.run("mypy", [PYTHON / "mypy"], cwd=folder)
    report.run("stubtest", [PYTHON / "python", "-m", "mypy.stubtest", "pandaprobe._core"], cwd=folder)
    env = {"PANDAPROBE_BINARY": str(BINARY)}
    report.run(
        "Python tests",
        [PYTHON / "pytest", "-q", "-o", "console_output_style=classic"],
        cwd=folder,
        runner="pytest",
        env=env,
    )


def contract(report: Report) -> None:
    """The server against its API description, operation by operation."""
    check = [PYTHON / "python", ROOT / "scripts" / "contract-check.py"]
    report.run("API contract", check, runner="contract")


def web(report: Report) -> None:
    """Pure functions, then the pages in Chromium against the real server."""
    folder = ROOT / "web"
    report.run("web tests", ["npm", "run", "--silent", "test"], cwd=folder, runner="vitest")
    report.run("build the web app", ["npm", "run", "--silent", "build"], cwd=folder)
    with server() as url:
        env = {"PANDAPROBE_E2E_URL": url}
        report.run(
            "browser tests", ["npm", "run", "--silent", "e2e"], cwd=folder, runner="playwright", env=env
        )


def main() -> int:
    """Runs all and returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--soak", action="store_true", help="long counts, for hours")
    known = ["checks", "rust", "python", "contract", "web"]
    parser.add_argument("--only", choices=known, help="run one part")
    arguments = parser.parse_args()
    report = Report()
    report.run("install tools", [ROOT / "scripts" / "install-test-tools.sh"])
    if not report.broken:
        report.run("build the server", ["cargo", "build", "-p", "pandaprobe"])
        parts = {
            "checks": lambda: checks(report),
            "rust": lambda: rust(report, arguments.soak),
            "python": lambda: python(report),
            "contract": lambda: contract(report),
            "web": lambda: web(report),
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                part()
    print()
    for name in report.broken:
        print(f"FAILED: {name}")
    failed = report.failed or len(report.broken)
    print(f"{report.passed} passed, {failed} failed")
    return 1 if failed or report.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
