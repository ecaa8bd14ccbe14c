"""Answers every POST with 202 at once and counts the nodes in the bodies.

Prints its port, then the count since the last question for each line on stdin; ends with
stdin. Bodies are kept until the question comes, so that counting takes no time from the
measurement.
"""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import threading

BODIES: list[tuple[str, str, bytes]] = []


def serve(connection: socket.socket) -> None:
    """Answers the requests of one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = connection.makefile("rb")
    while line := stream.readline():
        path = line.split()[1].decode()
        headers = {}
        while (header := stream.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        BODIES.append((path, headers.get("content-encoding", ""), body))
        answer = b"" if path.startswith("/v1/") else b'{"items":[]}'
        status = b"200 OK" if path.startswith("/v1/") else b"202 Accepted"
        connection.sendall(
            b"HTTP/1.1 " + status + b"\r\nContent-Length: " + str(len(answer)).encode() + b"\r\n\r\n" + answer
        )


def plain(encoding: str, body: bytes) -> bytes:
    """Returns the body without its compression."""
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "zstd":
        return subprocess.run(["zstd", "-dcq"], input=body, capture_output=True, check=True).stdout
    return body


def nodes(path: str, body: bytes) -> int:
    """Returns the number of trace roots and spans in a body."""
    if path.startswith("/v1/"):
        # Each OTLP span carries a name field with one of the four names.
        return sum(body.count(name) for name in (b"*\x07request", b"*\x05agent", b"*\x04step", b"*\x03llm"))
    return body.count(b'"trace_id":') + body.count(b'"span_id":')


def main() -> None:
    """Listens until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for _ in sys.stdin:
        bodies, BODIES[:] = list(BODIES), []
        print(sum(nodes(path, plain(encoding, body)) for path, encoding, body in bodies), flush=True)


if __name__ == "__main__":
    main()
