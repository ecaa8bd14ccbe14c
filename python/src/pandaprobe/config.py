"""Settings: keyword given > environment > default, read once when a client is made."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pandaprobe import _core

DEFAULT_ENDPOINT = "http://127.0.0.1:8000"
DEFAULT_PROJECT = "default"
DEFAULT_BATCH_SIZE = 10
DEFAULT_FLUSH_INTERVAL = 5.0
DEFAULT_RETRY_HORIZON = 300.0

_TRUE_WORDS = frozenset({"true", "1", "yes"})


@dataclass(frozen=True)
class SdkConfig:
    """Resolved settings of a client. The environment variable is ``PANDAPROBE_`` + the name.

    Attributes:
        api_key: Needed only when the endpoint is not on this machine.
        project_name: Needed only when the endpoint is not on this machine; there it is ``default``.
        endpoint: Base URL of the server.
        environment: Put on every trace.
        release: Put on every trace.
        enabled: Whether anything is recorded.
        batch_size: Number of waiting traces that starts a send.
        flush_interval: Longest wait of a trace before a send is started, in seconds.
        max_queue_size: Most traces held in memory; 0 leaves only the limit of 64 MiB.
        debug: Sets the logger ``pandaprobe`` to DEBUG.
        retry_horizon: For how long a trace is tried again before it is given up, in seconds.
    """

    api_key: str | None = None
    project_name: str | None = None
    endpoint: str = DEFAULT_ENDPOINT
    environment: str | None = None
    release: str | None = None
    enabled: bool = True
    batch_size: int = DEFAULT_BATCH_SIZE
    flush_interval: float = DEFAULT_FLUSH_INTERVAL
    max_queue_size: int = 0
    debug: bool = False
    retry_horizon: float = DEFAULT_RETRY_HORIZON


def resolve_config(
    *,
    api_key: str | None = None,
    project_name: str | None = None,
    endpoint: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    enabled: bool | None = None,
    batch_size: int | None = None,
    flush_interval: float | None = None,
    max_queue_size: int | None = None,
    debug: bool | None = None,
) -> SdkConfig:
    """Resolves settings from keywords and the environment.

    Raises:
        ValueError: If a value cannot be read, or if key or project are missing for an
            endpoint that is not on this machine.
    """
    config = SdkConfig(
        api_key=_text(api_key, "API_KEY"),
        project_name=_text(project_name, "PROJECT_NAME"),
        endpoint=(_text(endpoint, "ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/"),
        environment=_text(environment, "ENVIRONMENT"),
        release=_text(release, "RELEASE"),
        enabled=_flag(enabled, "ENABLED", default=True),
        batch_size=max(1, int(_number(batch_size, "BATCH_SIZE", DEFAULT_BATCH_SIZE))),
        flush_interval=_number(flush_interval, "FLUSH_INTERVAL", DEFAULT_FLUSH_INTERVAL),
        max_queue_size=max(0, int(_number(max_queue_size, "MAX_QUEUE_SIZE", 0))),
        debug=_flag(debug, "DEBUG", default=False),
        retry_horizon=_number(None, "RETRY_HORIZON", DEFAULT_RETRY_HORIZON),
    )
    return _with_project(config) if config.enabled else config


def _with_project(config: SdkConfig) -> SdkConfig:
    from dataclasses import replace

    if _core.is_loopback(config.endpoint):
        return config if config.project_name else replace(config, project_name=DEFAULT_PROJECT)
    if not config.api_key:
        raise ValueError(
            "PandaProbe API key is required: pass api_key or set PANDAPROBE_API_KEY "
            "(not needed when the endpoint is on this machine)"
        )
    if not config.project_name:
        raise ValueError(
            "PandaProbe project name is required: pass project_name or set PANDAPROBE_PROJECT_NAME "
            "(not needed when the endpoint is on this machine)"
        )
    return config


def _variable(name: str) -> str | None:
    return os.environ.get(f"PANDAPROBE_{name}")


def _text(given: str | None, name: str) -> str | None:
    text = _variable(name) if given is None else given
    return text or None


def _flag(given: bool | None, name: str, *, default: bool) -> bool:
    if given is not None:
        return bool(given)
    text = _variable(name)
    return default if text is None else text.lower() in _TRUE_WORDS


def _number(given: float | None, name: str, default: float) -> float:
    if given is not None:
        return given
    text = _variable(name)
    if text is None:
        return default
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        raise ValueError(f"PANDAPROBE_{name} is not a number: {text!r}") from None
