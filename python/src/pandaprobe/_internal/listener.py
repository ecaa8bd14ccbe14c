"""Calls `on_error` callbacks from a thread of its own, which exists only if there are any."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable

from pandaprobe import _core
from pandaprobe.errors import lost_error

_WAIT = 60.0
"""Seconds after which a wait is begun anew; nothing depends on it."""

_live: weakref.WeakSet[Listener] = weakref.WeakSet()


class Listener:
    """Waits for losses of one transport and tells them to the callbacks, in order."""

    def __init__(self, transport: _core.Transport, endpoint: str) -> None:
        self._transport = transport
        self._endpoint = endpoint
        self._callbacks: list[Callable[[Exception], object]] = []
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        _live.add(self)
        self._start()

    def add(self, callback: Callable[[Exception], object]) -> None:
        """Adds a callback for losses from now on."""
        self._callbacks.append(callback)

    def stop(self, timeout: float) -> None:
        """Tells what is left and ends, within `timeout` seconds unless a callback hangs."""
        self._is_stopped = True
        self._transport.stop_listening_to_losses()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def restart(self) -> None:
        """In the child after a fork, which has none of its parent's threads."""
        if not self._is_stopped:
            self._start()

    def _start(self) -> None:
        self._transport.listen_to_losses()
        # A daemon: it ends with the client, which ends with the program.
        self._thread = threading.Thread(target=self._run, name="pandaprobe-errors", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            # Read before: what is lost until then is still told.
            is_last = self._is_stopped
            for lost in self._transport.hear_losses(_WAIT):
                error = lost_error(*lost, endpoint=self._endpoint)
                for callback in list(self._callbacks):
                    _call(callback, error)


def _call(callback: Callable[[Exception], object], error: Exception) -> None:
    try:
        callback(error)
    except Exception:
        logging.getLogger("pandaprobe").debug("an on_error callback failed", exc_info=True)


def _restart_all() -> None:
    for listener in list(_live):
        listener.restart()


# After `threading` has registered its own, which forgets all threads of the parent.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_all)
