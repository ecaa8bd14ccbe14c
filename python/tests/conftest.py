"""Fixtures: a server that records what it gets and can misbehave, and clients of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import pandaprobe
import pandaprobe.client
from backend import FakeBackend


def reset_sdk() -> None:
    """What users' test suites do."""
    pandaprobe.client._global_client = None
    pandaprobe.client._auto_init_attempted = False


@pytest.fixture(autouse=True)
def clean_sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test starts without client, context and configuration."""
    for name in list(os.environ):
        if name.upper().startswith("PANDAPROBE_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    reset_sdk()
    pandaprobe.set_session(None)
    pandaprobe.set_user(None)
    yield
    client = pandaprobe.client._global_client
    if client is not None:
        client.shutdown()
    reset_sdk()


@pytest.fixture
def backend() -> Iterator[FakeBackend]:
    """A server that takes everything."""
    with FakeBackend() as server:
        yield server


@pytest.fixture
def client(backend: FakeBackend) -> pandaprobe.Client:
    """The process's client, sending to `backend`."""
    return pandaprobe.init(endpoint=backend.url)
