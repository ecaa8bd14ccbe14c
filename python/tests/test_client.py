"""Configuration and the life of clients."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest

import pandaprobe
import pandaprobe.client
from backend import FakeBackend, unused_port
from conftest import reset_sdk
from pandaprobe.config import SdkConfig, resolve_config


def test_defaults_need_no_configuration() -> None:
    assert resolve_config() == SdkConfig(
        api_key=None,
        project_name="default",
        endpoint="http://127.0.0.1:8000",
        environment=None,
        release=None,
        enabled=True,
        batch_size=10,
        flush_interval=5.0,
        max_queue_size=0,
        debug=False,
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        resolve_config().api_key = "x"  # type: ignore[misc]


def test_keyword_over_environment_over_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "API_KEY": "k",
        "PROJECT_NAME": "p",
        "ENDPOINT": "http://localhost:1/",
        "ENVIRONMENT": "e",
        "RELEASE": "r",
        "BATCH_SIZE": "3",
        "FLUSH_INTERVAL": "0.5",
        "MAX_QUEUE_SIZE": "7",
    }.items():
        monkeypatch.setenv(f"PANDAPROBE_{name}", value)
    expected = SdkConfig("k", "p", "http://localhost:1", "e", "r", True, 3, 0.5, 7)
    assert resolve_config() == expected
    assert resolve_config(batch_size=9, environment="x") == dataclasses.replace(
        expected, batch_size=9, environment="x"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("1", True), ("YES", True), ("on", False), ("", False), (" true", False), ("no", False)],
)
def test_flags(monkeypatch: pytest.MonkeyPatch, text: str, expected: bool) -> None:
    monkeypatch.setenv("PANDAPROBE_ENABLED", text)
    assert resolve_config().enabled is expected


def test_key_and_project_are_needed_away_from_this_machine() -> None:
    with pytest.raises(ValueError, match="API key is required"):
        pandaprobe.init(endpoint="https://api.example.com")
    with pytest.raises(ValueError, match="project name is required"):
        pandaprobe.init(endpoint="https://api.example.com", api_key="k")
    assert resolve_config(endpoint="https://api.example.com", enabled=False).api_key is None
    assert resolve_config(endpoint="http://[::1]:5").project_name == "default"


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://localhost", "127.0.0.1:8000"])
def test_an_endpoint_must_be_a_url(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        pandaprobe.init(endpoint=endpoint)


def test_the_client_is_made_from_the_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", f"http://127.0.0.1:{unused_port()}")
    client = pandaprobe.get_client()
    assert client is not None and client.enabled
    assert pandaprobe.get_client() is client


@pytest.mark.parametrize(
    ("name", "value"),
    [("BATCH_SIZE", "many"), ("ENDPOINT", "https://api.example.com"), ("ENDPOINT", "nonsense")],
)
def test_an_environment_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, backend: FakeBackend, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PANDAPROBE_{name}", value)
    assert pandaprobe.get_client() is None
    with pytest.raises(RuntimeError, match="No PandaProbe client available"):
        pandaprobe.start_trace("t")
    pandaprobe.flush()
    pandaprobe.shutdown()
    # Found out once, although the environment is right now; `init` always works.
    monkeypatch.setenv(f"PANDAPROBE_{name}", {"BATCH_SIZE": "1", "ENDPOINT": backend.url}[name])
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", backend.url)
    assert pandaprobe.get_client() is None
    assert pandaprobe.init() is pandaprobe.get_client()


def test_users_reset_by_assignment(monkeypatch: pytest.MonkeyPatch, backend: FakeBackend) -> None:
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", "nonsense")
    assert pandaprobe.get_client() is None
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", backend.url)
    reset_sdk()
    first = pandaprobe.get_client()
    assert first is not None
    reset_sdk()
    assert pandaprobe.get_client() not in (None, first)
    with pandaprobe.start_trace("t"):
        pass
    pandaprobe.flush()
    assert backend.names == ["t"]


def use_everything() -> None:
    with pandaprobe.session("s", name="n"), pandaprobe.user("u"):
        with pandaprobe.start_trace("t", input="text", session_id="x") as trace:
            trace.set_input(1)
            trace.set_output(2)
            trace.set_metadata({"a": 1})
            trace.set_status("ERROR")
            trace.add_span_data({})
            with trace.span("s", kind="LLM", model="m", metadata={}) as span:
                span.set_input(1)
                span.set_output(1)
                span.set_model("m")
                span.set_model_parameters({})
                span.set_token_usage(prompt_tokens=1)
                span.set_usage(input=1)
                span.set_cost(total=1)
                span.set_completion_start_time("x")
                span.set_error("e")
                span.set_metadata({})
            assert len(trace.trace_id) == len(span.span_id) == 36
    pandaprobe.flush()
    pandaprobe.shutdown()


def test_switched_off_by_the_environment_everything_is_a_no_op(
    monkeypatch: pytest.MonkeyPatch, backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", backend.url)
    monkeypatch.setenv("PANDAPROBE_ENABLED", "false")
    assert pandaprobe.get_client() is None
    use_everything()
    assert not backend.requests
    assert not caplog.records


def test_switched_off_by_init(backend: FakeBackend) -> None:
    client = pandaprobe.init(endpoint=backend.url, enabled=False)
    assert pandaprobe.get_client() is client
    assert client.enabled is client.config.enabled is False
    use_everything()
    assert not backend.requests


def test_clients_take_attribute_assignment(backend: FakeBackend, client: pandaprobe.Client) -> None:
    calls: list[tuple[str, Any]] = []

    def replaced(name: str, **arguments: Any) -> Any:
        calls.append((name, arguments["session_id"]))
        return type(client).trace(client, name, **arguments)

    client.trace = replaced  # type: ignore[method-assign]
    with pandaprobe.start_trace("t", session_id="s"):
        pass
    client.flush()
    assert calls == [("t", "s")]
    assert backend.names == ["t"]


def test_unknown_keywords_are_ignored(backend: FakeBackend, client: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("a", colour="red"), client.trace("b", size=5):
        pass
    client.flush()
    assert sorted(backend.names) == ["a", "b"]


def test_debug_sets_the_loggers_level(backend: FakeBackend) -> None:
    logger = logging.getLogger("pandaprobe")
    before = logger.level
    try:
        pandaprobe.init(endpoint=backend.url, debug=True)
        assert logger.level == logging.DEBUG
    finally:
        logger.setLevel(before)


def test_enums_are_strings() -> None:
    for enum_class in (
        pandaprobe.SpanKind,
        pandaprobe.SpanStatusCode,
        pandaprobe.TraceStatus,
        pandaprobe.ScoreDataType,
    ):
        for member in enum_class:
            assert member == member.value == str(member) == f"{member}"
    assert list(pandaprobe.SpanKind) == ["AGENT", "TOOL", "LLM", "RETRIEVER", "CHAIN", "EMBEDDING", "OTHER"]


def test_public_names() -> None:
    assert set(pandaprobe.__all__) == {
        "__version__", "Client", "init", "get_client", "trace", "span", "start_trace", "SpanKind",
        "SpanStatusCode", "TraceStatus", "ScoreDataType", "flush", "shutdown", "score", "set_session",
        "session", "set_user", "user",
    }  # fmt: skip
    assert all(hasattr(pandaprobe, name) for name in pandaprobe.__all__)
    assert pandaprobe.client.Client is pandaprobe.Client
