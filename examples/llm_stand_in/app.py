"""The HTTP server: routes, errors, streams, delays."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from llm_stand_in import embeddings
from llm_stand_in.chat import CREATED, Chat
from llm_stand_in.conversation import BadRequest, Json
from llm_stand_in.responses import Responses, ResponseStore
from llm_stand_in.tokens import PromptCache

MODELS = (
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-5.4",
    "gpt-5.4-mini",
    "o3",
    "o4-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
)

# Chunks that a stream of the model "error-stream" or "drop-stream" gives before it fails.
_CHUNKS_BEFORE_FAILURE = 4

_ERRORS = {
    400: ("invalid_request_error", None, "The request was refused."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", None, "You are not allowed to use this model."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached; please try again later."),
    500: ("server_error", None, "The server had an error while processing your request."),
    503: ("server_error", None, "The engine is currently overloaded."),
}


@dataclass
class Settings:
    """How the stand-in behaves."""

    latency: float = 0.0
    """Seconds before the first byte of an answer."""
    token_delay: float = 0.0
    """Seconds between the chunks of a stream."""


@dataclass
class App:
    """What all requests share."""

    settings: Settings = field(default_factory=Settings)
    cache: PromptCache = field(default_factory=PromptCache)
    store: ResponseStore = field(default_factory=ResponseStore)


class Server(ThreadingHTTPServer):
    """Serves an `App`; one thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: App) -> None:
        self.app = app
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 and keeps connections open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Lists models."""
        path = self.path.split("?")[0].rstrip("/")
        models = [
            {"id": name, "object": "model", "created": CREATED, "owned_by": "stand-in"} for name in MODELS
        ]
        found = [model for model in models if path.endswith(f"/models/{model['id']}")]
        if path.endswith("/models"):
            self._send(200, {"object": "list", "data": models})
        elif found:
            self._send(200, found[0])
        else:
            self._send_error(404, f"Unknown path: {self.path}")

    def do_POST(self) -> None:
        """Answers a request to a model."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
            if not isinstance(body, dict) or not body.get("model"):
                raise BadRequest("You must provide a model.", "model")
            time.sleep(self.server.app.settings.latency)
            self._route(body)
        except BadRequest as error:
            self._send_error(400, str(error), parameter=error.parameter)
        except (ValueError, TypeError, AttributeError) as error:
            self._send_error(400, f"The body of the request cannot be read: {error}")

    def _route(self, body: Json) -> None:
        app = self.server.app
        asked_error = re.fullmatch(r"error-(\d{3})", str(body["model"]))
        path = self.path.split("?")[0].rstrip("/")
        streams = body.get("stream") is True
        if asked_error:
            self._send_error(int(asked_error[1]))
        elif path.endswith("/chat/completions"):
            chat = Chat(body, app.cache)
            if streams:
                self._stream(body, (("", chunk) for chunk in chat.chunks()), "[DONE]")
            else:
                self._send(200, chat.response())
        elif path.endswith("/responses"):
            responses = Responses(body, app.cache, app.store)
            if streams:
                self._stream(body, ((event["type"], event) for event in responses.events()), None)
            else:
                self._send(200, responses.response())
        elif path.endswith("/embeddings"):
            self._send(200, embeddings.respond(body))
        else:
            self._send_error(404, f"Unknown path: {self.path}")

    def _send(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-request-id", f"req_{body.get('id', 'none')}")
        if status == 429:
            self.send_header("retry-after-ms", "10")
        self.end_headers()
        self.wfile.write(data)

    def _send_error(self, status: int, message: str | None = None, parameter: str | None = None) -> None:
        kind, code, usual = _ERRORS.get(status, ("api_error", None, f"Error {status}, as asked for."))
        error = {"message": message or usual, "type": kind, "param": parameter, "code": code}
        self._send(status, {"error": error})

    def _stream(self, body: Json, events: Iterator[tuple[str, Json]], end: str | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, (name, data) in enumerate(events):
            if number == _CHUNKS_BEFORE_FAILURE and body["model"] == "drop-stream":
                self.close_connection = True
                return
            if number == _CHUNKS_BEFORE_FAILURE and body["model"] == "error-stream":
                kind, code, message = _ERRORS[500]
                self._event("error", json.dumps({"error": {"message": message, "type": kind, "code": code}}))
                break
            self._event(name, json.dumps(data))
            time.sleep(self.server.app.settings.token_delay)
        else:
            if end is not None:
                self._event("", end)
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, name: str, data: str) -> None:
        text = (f"event: {name}\n" if name else "") + f"data: {data}\n\n"
        encoded = text.encode()
        self.wfile.write(f"{len(encoded):x}\r\n".encode() + encoded + b"\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: examples print to the same terminal."""


def main() -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(description="An offline server with the shape of OpenAI's API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0 = any free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--token-delay", type=float, default=0.0, help="seconds between chunks of a stream")
    given = parser.parse_args()
    app = App(Settings(latency=given.latency, token_delay=given.token_delay))
    with Server((given.host, given.port), app) as server:
        host, port = server.server_address[:2]
        print(f"LLM stand-in at http://{host}:{port}/v1; in the terminal of the example:", flush=True)
        print(f"  export OPENAI_BASE_URL=http://{host}:{port}/v1 OPENAI_API_KEY=offline", flush=True)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            print()
