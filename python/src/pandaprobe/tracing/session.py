"""Session and user of the current context (task or thread).

An explicit argument of `start_trace` counts more than the innermost ``with session()``,
which counts more than the last `set_session`; users likewise. An id that is empty or blank
counts as not given.
"""

from __future__ import annotations

from pandaprobe._core import Binding, binding_vars, effective_binding

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import ContextVar, Token
    from types import TracebackType
    from typing import Any

_session_block, _session_set, _user_block, _user_set = binding_vars()


class _Block:
    """Binds the context while it is entered. May be left in another task than it was entered."""

    __slots__ = ("_entered", "_id", "_metadata", "_name", "_var")

    def __init__(
        self, var: ContextVar[Binding | None], id: str, name: str | None, metadata: Mapping[str, Any] | None
    ) -> None:
        self._var = var
        self._id = id
        self._name = name
        self._metadata = metadata
        self._entered: list[Binding | None] = []

    def __enter__(self) -> None:
        binding = Binding.make(self._id, self._name, self._metadata, self._var.get())
        self._entered.append(binding)
        if binding is not None:
            self._var.set(binding)

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        binding = self._entered.pop() if self._entered else None
        if binding is None:
            return
        binding.close()
        if self._var.get() is binding:
            self._var.set(binding.outer)


class session(_Block):
    """Binds the traces that are made in the block to a session.

    Args:
        id: Any text up to 255 characters.
        name: What the session is called in lists.
        metadata: Of the session.
    """

    __slots__ = ()

    def __init__(self, id: str, name: str | None = None, metadata: Mapping[str, Any] | None = None) -> None:
        super().__init__(_session_block, id, name, metadata)


class user(_Block):
    """Binds the traces that are made in the block to a user.

    Args:
        id: Any text up to 255 characters.
    """

    __slots__ = ()

    def __init__(self, id: str) -> None:
        super().__init__(_user_block, id, None, None)


def set_session(id: str | None, name: str | None = None) -> None:
    """Binds the traces that are made from now on, outside of ``with session()``, to a session."""
    _session_set.set(None if id is None else Binding.make(id, name))


def set_user(id: str | None) -> None:
    """Binds the traces that are made from now on, outside of ``with user()``, to a user."""
    _user_set.set(None if id is None else Binding.make(id))


def get_current_session_id() -> str | None:
    """Returns the session that a trace made here would belong to."""
    binding = effective_binding(False)
    return None if binding is None else binding.id


def set_current_session_id(id: str | None) -> Token[Binding | None]:
    """As `set_session`; gives what `reset_current_session_id` needs."""
    return _session_set.set(None if id is None else Binding.make(id))


def reset_current_session_id(token: Token[Binding | None]) -> None:
    """Takes back a `set_current_session_id`."""
    _session_set.reset(token)


def get_current_user_id() -> str | None:
    """Returns the user that a trace made here would belong to."""
    binding = effective_binding(True)
    return None if binding is None else binding.id


def set_current_user_id(id: str | None) -> Token[Binding | None]:
    """As `set_user`; gives what `reset_current_user_id` needs."""
    return _user_set.set(None if id is None else Binding.make(id))


def reset_current_user_id(token: Token[Binding | None]) -> None:
    """Takes back a `set_current_user_id`."""
    _user_set.reset(token)
