"""A small threaded HTTP server in place of PandaProbe's."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import zstandard

Json = dict[str, Any]


@dataclass
class Request:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    client_port: int

    @property
    def items(self) -> list[Json]:
        """The traces, or the score, it carries."""
        if self.path != "/traces/batch":
            return [json.loads(self.body)]
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass
class Reply:
    """What the server answers; `status` 0 closes the connection without an answer."""

    status: int = 202
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


def accept(request: Request) -> Reply:
    """Takes everything, as the server does."""
    items = [{"trace_id": item["trace_id"], "status": "accepted"} for item in request.items]
    if request.path == "/evaluations/trace-scores":
        return Reply(201)
    if request.path == "/traces":
        return Reply(body=json.dumps({"trace_id": items[0]["trace_id"], "task_id": "t"}).encode())
    return Reply(body=json.dumps({"items": items}).encode())


class FakeBackend:
    """Records requests; `answer` decides what becomes of each.

    What got a 2xx counts as stored: `traces` gives it, fragments of a trace merged, and
    `scores`.
    """

    def __init__(self, port: int = 0) -> None:
        self.answer: Callable[[Request], Reply] = accept
        self.requests: list[Request] = []
        self.stored: list[Json] = []
        self.scores: list[Json] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FakeBackend:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: Request) -> Reply:
        """Records a request and answers it."""
        reply = self.answer(request)
        with self._lock:
            self.requests.append(request)
            if 200 <= reply.status < 300:
                is_score = request.path == "/evaluations/trace-scores"
                (self.scores if is_score else self.stored).extend(request.items)
        return reply

    @property
    def traces(self) -> list[Json]:
        """What is stored, by trace, in the order of arrival."""
        with self._lock:
            return merged(self.stored)

    @property
    def trace(self) -> Json:
        """The only trace that is stored."""
        (trace,) = self.traces
        return trace

    @property
    def names(self) -> list[str]:
        """Names of the stored traces."""
        return [trace["name"] for trace in self.traces]


def merged(fragments: list[Json]) -> list[Json]:
    """Fragments of one trace id as one trace."""
    traces: dict[str, Json] = {}
    for fragment in fragments:
        known = traces.setdefault(fragment["trace_id"], {})
        spans = known.get("spans", []) + fragment.get("spans", [])
        known.update(fragment)
        if spans:
            known["spans"] = spans
    return list(traces.values())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Listening in a fresh process on the port of an earlier one, as a restarted server does.
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that tests break are no news."""


def _handler(backend: FakeBackend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "zstd":
                body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 30)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = backend.handle(Request(self.path, headers, body, self.client_address[1]))
            if reply.raw is not None:
                self.wfile.write(reply.raw)
            if reply.status == 0 or reply.raw is not None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    return Handler


def unused_port() -> int:
    """A port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def tree(trace: Json) -> dict[str, str | None]:
    """Names of a trace's spans with the names of their parents."""
    names = {span["span_id"]: span["name"] for span in trace.get("spans", [])}
    return {
        span["name"]: names[span["parent_span_id"]] if "parent_span_id" in span else None
        for span in trace.get("spans", [])
    }


def without_ids(trace: Json) -> Json:
    """A trace without what differs in every run: ids, own times and stacks."""
    volatile = {"trace_id", "span_id", "parent_span_id", "started_at", "ended_at"}
    result = {key: value for key, value in trace.items() if key not in volatile}
    if "spans" in result:
        result["spans"] = [without_ids(span) for span in result["spans"]]
    return result
