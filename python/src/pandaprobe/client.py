"""The client: where traces are made and sent, and the one that the whole process uses."""

from __future__ import annotations

import atexit
import os
import sys
from _thread import RLock
from time import monotonic

from pandaprobe import _core

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any
    from uuid import UUID

    from pandaprobe._internal.listener import Listener
    from pandaprobe.config import SdkConfig
    from pandaprobe.schemas import TraceData

SHUTDOWN_TIMEOUT = 10.0
"""Seconds that a shutdown, also the one at exit, may take."""

# Users' test suites reset the SDK by assigning to these two.
_global_client: Client | None = None
_auto_init_attempted: bool = False

_auto_init_error: Exception | None = None
# Re-entrant: a signal handler may need the client while it is being made.
_lock = RLock()
_live_clients: list[Client] = []


class Client:
    """Makes traces and sends them from one background thread, which starts with the first.

    All keywords default to the environment (see `pandaprobe.config.SdkConfig`). Methods may
    be replaced by assignment, as tests do.
    """

    enabled: bool
    config: SdkConfig

    def __init__(
        self,
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
    ) -> None:
        # Not needed before: `import pandaprobe` stays light.
        from pandaprobe.config import resolve_config

        self.config = resolve_config(
            api_key=api_key,
            project_name=project_name,
            endpoint=endpoint,
            environment=environment,
            release=release,
            enabled=enabled,
            batch_size=batch_size,
            flush_interval=flush_interval,
            max_queue_size=max_queue_size,
            debug=debug,
        )
        self.enabled = self.config.enabled
        self._transport = _make_transport(self.config) if self.enabled else None
        self._listener: Listener | None = None
        if self._transport is not None:
            _live_clients.append(self)

    def trace(
        self,
        name: str,
        *,
        input: Any = None,
        session_id: str | None = None,
        user_id: str | None = None,
        tags: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        session_name: str | None = None,
        session_metadata: Mapping[str, Any] | None = None,
        **ignored: Any,
    ) -> _core.TraceContext:
        """Makes a trace, to be used in ``with`` or ``async with``.

        Session and user default to those of the context. Unknown keywords are ignored.
        """
        transport = self._transport
        if transport is None or not self.enabled:
            return _core.disabled_trace()
        return transport.start_trace(
            name, input, session_id, user_id, tags, metadata, session_name, session_metadata
        )

    def log_trace(self, trace: TraceData) -> None:
        """Sends a trace that was put together elsewhere.

        It is taken as it is now; an empty environment or release is filled in. What cannot
        be sent is counted, logged and told to `on_error`, never raised.
        """
        transport = self._transport
        if transport is None or not self.enabled:
            return
        try:
            trace.environment = trace.environment or self.config.environment
            trace.release = trace.release or self.config.release
            fields = trace.to_api_dict()
            transport.log_trace(fields, fields.pop("spans", None) or [])
        except Exception as error:
            transport.lose_trace(f"log_trace: {type(error).__name__}: {error}"[:500])

    def score(
        self,
        trace_id: str | UUID,
        name: str,
        value: str,
        *,
        data_type: str = "NUMERIC",
        reason: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Judges a trace, which may be open still; arrives after what is known of it so far.

        Args:
            trace_id: Of the trace.
            name: Of what is judged.
            value: As text: a number, ``true`` or ``false``, or anything, as `data_type` says.
            data_type: One of `ScoreDataType`.
            reason: Why.
            metadata: Of the score.

        Raises:
            ValueError: If `trace_id` is no UUID, `data_type` does not exist or `value` is no
                str; not when the client is switched off.
        """
        if self._transport is not None and self.enabled:
            self._transport.score(trace_id, name, value, data_type, reason, metadata)

    def on_error(self, callback: Callable[[Exception], object]) -> None:
        """Calls `callback` with a `pandaprobe.errors.LostError` for everything that is lost.

        That is from now on, on a background thread; what `callback` raises is swallowed.
        """
        if self._transport is None:
            return
        if self._listener is None:
            from pandaprobe._internal.listener import Listener

            self._listener = Listener(self._transport, self.config.endpoint)
        self._listener.add(callback)

    def flush(self, timeout: float = 30.0) -> None:
        """Waits until what was recorded so far is sent or was tried several times.

        What open traces have so far is included, if the server takes parts of traces.
        """
        if self._transport is not None:
            self._transport.flush(timeout)

    def shutdown(self) -> None:
        """Sends what is left, for at most 10 seconds, and takes nothing more."""
        self._shutdown_until(monotonic() + SHUTDOWN_TIMEOUT)

    def _shutdown_until(self, deadline: float) -> None:
        if self._transport is None:
            return
        self._transport.shutdown(max(0.0, deadline - monotonic()))
        if self._listener is not None:
            self._listener.stop(max(0.0, deadline - monotonic()))
        if self in _live_clients:
            _live_clients.remove(self)


def _make_transport(config: SdkConfig) -> _core.Transport:
    if config.debug:
        import logging

        logging.getLogger("pandaprobe").setLevel(logging.DEBUG)
    return _core.Transport(
        config.endpoint,
        api_key=config.api_key,
        project_name=config.project_name,
        environment=config.environment,
        release=config.release,
        batch_size=config.batch_size,
        flush_interval=config.flush_interval,
        max_queue_size=config.max_queue_size,
        retry_horizon=config.retry_horizon,
    )


def init(
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
) -> Client:
    """Makes the client of this process, in place of the one there is, which is shut down.

    Raises:
        ValueError: If the settings cannot be used; the old client then stays.
    """
    global _global_client
    client = Client(
        api_key=api_key,
        project_name=project_name,
        endpoint=endpoint,
        environment=environment,
        release=release,
        enabled=enabled,
        batch_size=batch_size,
        flush_interval=flush_interval,
        max_queue_size=max_queue_size,
        debug=debug,
    )
    with _lock:
        old, _global_client = _global_client, client
    if old is not None:
        old.shutdown()
    return client


def get_client() -> Client | None:
    """Returns the client of this process, made from the environment by the first call.

    None if it is switched off (``PANDAPROBE_ENABLED=false``) or if the environment cannot
    be used; that is found out once.
    """
    client = _global_client
    if client is not None or _auto_init_attempted:
        return client
    return _auto_init()


def _auto_init() -> Client | None:
    global _global_client, _auto_init_attempted, _auto_init_error
    with _lock:
        if _global_client is None and not _auto_init_attempted:
            _auto_init_error = None
            try:
                client = Client()
                # A signal handler may have made one meanwhile.
                if client.enabled and _global_client is None:
                    _global_client = client
            except Exception as error:
                _auto_init_error = error
            _auto_init_attempted = True
        return _global_client


def start_trace(
    name: str,
    *,
    input: Any = None,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    session_name: str | None = None,
    session_metadata: Mapping[str, Any] | None = None,
    **ignored: Any,
) -> _core.TraceContext:
    """Makes a trace of this process's client, to be used in ``with`` or ``async with``.

    Session and user default to those of the context. Unknown keywords are ignored.

    Raises:
        RuntimeError: If the environment cannot be used, for example without an API key for
            an endpoint that is not on this machine. Not when the SDK is switched off.
    """
    client = _global_client
    if client is None:
        client = get_client()
        if client is None:
            return _trace_without_client()
    # Switched off, a trace should cost next to nothing; a replaced `trace` is called all the same.
    if type(client) is Client and client._transport is None and "trace" not in client.__dict__:
        return _core.disabled_trace()
    return client.trace(
        name,
        input=input,
        session_id=session_id,
        user_id=user_id,
        tags=tags,
        metadata=metadata,
        session_name=session_name,
        session_metadata=session_metadata,
    )


def _trace_without_client() -> _core.TraceContext:
    if _auto_init_error is not None:
        raise RuntimeError(f"No PandaProbe client available: {_auto_init_error}") from _auto_init_error
    return _core.disabled_trace()


def score(
    trace_id: str | UUID,
    name: str,
    value: str,
    *,
    data_type: str = "NUMERIC",
    reason: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Judges a trace; see `Client.score`. Does nothing without a client.

    Raises:
        ValueError: If `trace_id` is no UUID, `data_type` does not exist or `value` is no str.
    """
    client = get_client()
    if client is not None:
        client.score(trace_id, name, value, data_type=data_type, reason=reason, metadata=metadata)


def flush(timeout: float = 30.0) -> None:
    """Waits until what was recorded so far, also in open traces, is sent or tried several times."""
    client = get_client()
    if client is not None:
        client.flush(timeout)


def shutdown() -> None:
    """Sends what is left, for at most 10 seconds; later traces are dropped."""
    client = get_client()
    if client is not None:
        client.shutdown()


def _shutdown_all() -> None:
    """At exit: all clients at the same time, within one timeout."""
    deadline = monotonic() + SHUTDOWN_TIMEOUT
    clients = list(_live_clients)
    for client in clients:
        if client._transport is not None:
            client._transport.begin_shutdown(SHUTDOWN_TIMEOUT)
    for client in clients:
        client._shutdown_until(deadline)


def _after_fork_in_child() -> None:
    """What waits belongs to the parent; ids of parent and child must differ.

    What another thread of the parent may have held is replaced here and never touched
    again. Locks of open traces, which the child goes on using, were left alone since
    `_core.before_fork`.
    """
    global _lock
    _lock = RLock()
    _core.after_fork_in_child()
    for client in _live_clients:
        if client._transport is not None:
            client._transport.reset_after_fork()
    if "multiprocessing.util" in sys.modules:
        # Such a child ends by `os._exit`; it forgets all finalizers when it starts, and then
        # runs what is registered here.
        sys.modules["multiprocessing.util"].register_after_fork(_shutdown_all, _shutdown_with_multiprocessing)


def _shutdown_with_multiprocessing(shutdown_all: Callable[[], None]) -> None:
    sys.modules["multiprocessing.util"].Finalize(None, shutdown_all, exitpriority=0)


atexit.register(_shutdown_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_core.before_fork,
        after_in_parent=_core.after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
