"""OpenAI and every client of its shape (Azure, compatible servers)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from pandaprobe.wrappers._api import Api
from pandaprobe.wrappers._calls import patch
from pandaprobe.wrappers._openai_chat import ChatApi
from pandaprobe.wrappers._openai_responses import ResponsesApi

__all__ = ["wrap_openai"]

_Client = TypeVar("_Client")

_MARK = "_pandaprobe_copies"


def wrap_openai(client: _Client) -> _Client:
    """Records chat completions and responses of an OpenAI client, sync or async.

    Streams, `parse`, the `stream` helpers and the raw forms are recorded too, and so are copies
    made by ``with_options``. Calls behave as before, and are never changed; ask for
    ``stream_options={"include_usage": True}`` to have tokens of streamed chat completions.

    Args:
        client: ``OpenAI``, ``AsyncOpenAI``, their Azure forms, or anything with
            ``chat.completions.create`` or ``responses.create``.

    Returns:
        The same object. Wrapping it again changes nothing.
    """
    try:
        found = [
            _patch(client, ("chat", "completions"), ChatApi()),
            _patch(client, ("responses",), ResponsesApi()),
        ]
        _patch(client, ("beta", "chat", "completions"), ChatApi())
        _wrap_copies(client)
        if not any(found):
            raise TypeError(f"{type(client).__name__} has no chat.completions.create or responses.create")
    except Exception as error:
        logging.getLogger("pandaprobe").warning("wrap_openai: calls are not recorded: %s", error)
    return client


def _patch(client: Any, path: tuple[str, ...], api: Api) -> bool:
    resource = client
    for name in path:
        resource = getattr(resource, name, None)
    found = [patch(resource, method, api) for method in ("create", "parse")]
    if not any(found):
        return False
    # They hold the methods as they were, if they have been used already.
    for name in ("with_raw_response", "with_streaming_response"):
        getattr(resource, "__dict__", {}).pop(name, None)
    return True


def _wrap_copies(client: Any) -> None:
    for name in ("copy", "with_options"):
        method = getattr(client, name, None)
        if callable(method) and _MARK not in getattr(method, "__dict__", {}):
            setattr(client, name, _wrapping(method))


def _wrapping(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def copy(*arguments: Any, **keywords: Any) -> Any:
        return wrap_openai(method(*arguments, **keywords))

    setattr(copy, _MARK, True)
    return copy
