#!/usr/bin/env python3
"""What a traced node costs the host's thread: ours, the original and OpenTelemetry.

    python3 benches/sdk/bench.py [--traces 7000] [--runs 5] [--wheel python/dist/*.whl]

A node is a trace root or a span; one round is a trace with 3 nested spans, 4 nodes, the
innermost an LLM call with small messages, model and token usage. Each SDK runs in a virtual
environment of its own (made on first use under --venvs), each run in a fresh process, all
against a local server in yet another process that reads and discards what it gets. The SDKs
take turns, so that noise of the machine meets them alike.

Columns: microseconds per node on the calling thread (median, mean and p99 over rounds), its
CPU time, CPU of the whole process up to the end of the flush, and the nodes that never
arrived at the server, in percent (counted in the bodies, compressed ones with the `zstd`
command). Medians over the runs. `--rate N` makes N rounds a second instead of full speed;
`--text N` sizes the messages.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NODES = 4

# Pinned: a yardstick must not change under the measurement.
PACKAGES = {
    "ours": [],
    "pandaprobe 0.6.0": ["pandaprobe==0.6.0"],
    "opentelemetry-sdk": ["opentelemetry-sdk==1.45.2", "opentelemetry-exporter-otlp-proto-http==1.45.2"],
}


def python_of(name: str, venvs: Path, wheel: Path) -> Path:
    """Returns the interpreter of an SDK's environment, making it if needed."""
    home = venvs / name.replace(" ", "-")
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if name == "ours":
        subprocess.run([*install, "--force-reinstall", str(wheel)], check=True)
    elif not (home / "ready").exists():
        subprocess.run([*install, *PACKAGES[name]], check=True)
        (home / "ready").touch()
    return python


class Server:
    """The discarding server in its own process."""

    def __init__(self) -> None:
        """Starts it and learns its port."""
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "discard_server.py")],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def nodes_received(self) -> int:
        """Returns the number of nodes since the last call."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("count\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def one_run(python: Path, sdk: str, port: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Runs one workload in a fresh process and returns its figures."""
    command = [str(python), str(HERE / "workload.py"), sdk, str(port)]
    options = [str(arguments.traces), str(arguments.text), str(arguments.rate)]
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PANDAPROBE_", "OTEL_"))
    }
    result = subprocess.run([*command, *options], env=environment, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return figures


def import_milliseconds(python: Path, module: str) -> float:
    """Returns what importing `module` takes over starting Python, median of 15."""

    def seconds(code: str) -> float:
        times = []
        for _ in range(15):
            start = time.perf_counter()
            subprocess.run([str(python), "-c", code], check=True)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    return 1000 * (seconds(f"import {module}") - seconds("pass"))


def main() -> None:
    """Runs everything and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=7000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--text", type=int, default=20, help="characters of a message")
    parser.add_argument("--rate", type=float, default=0, help="rounds per second; 0 is full speed")
    parser.add_argument("--venvs", type=Path, default=Path.home() / ".cache" / "pandaprobe-bench")
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--only", choices=list(PACKAGES), action="append")
    arguments = parser.parse_args()
    wheel = arguments.wheel or max(
        (ROOT / "python" / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime
    )
    names = arguments.only or list(PACKAGES)
    pythons = {name: python_of(name, arguments.venvs, wheel) for name in names}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    server = Server()
    try:
        for _ in range(arguments.runs):
            for name in names:
                server.nodes_received()
                figures = one_run(pythons[name], name, server.port, arguments)
                expected = arguments.traces * NODES
                figures["lost %"] = 100 * (1 - server.nodes_received() / expected)
                runs[name].append(figures)
    finally:
        server.stop()
    modules = {
        name: "pandaprobe" if "opentelemetry" not in name else "opentelemetry.sdk.trace" for name in names
    }
    columns = list(runs[names[0]][0])
    print(f"{arguments.traces} traces of {NODES} nodes, {arguments.runs} runs, medians; times in us per node")
    print(f"{'':20}" + "".join(f"{column:>12}" for column in [*columns, "import ms"]))
    for name in names:
        medians = [statistics.median(run[column] for run in runs[name]) for column in columns]
        medians.append(import_milliseconds(pythons[name], modules[name]))
        print(f"{name:20}" + "".join(f"{value:12.2f}" for value in medians))


if __name__ == "__main__":
    main()
