"""Methods of a client, replaced by ones that record."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from pandaprobe.wrappers._api import Api
from pandaprobe.wrappers._record import Record, log
from pandaprobe.wrappers._streams import Observer, RawResponse, observed
from pandaprobe.wrappers._values import is_given

_MARK = "_pandaprobe_api"
# How the `with_raw_response` and `with_streaming_response` forms of OpenAI's client say what they want.
_RAW_HEADER = "x-stainless-raw-response"
# Wrappers around wrappers end somewhere.
_UNWRAP_MAX = 20


def patch(owner: Any, name: str, api: Api) -> bool:
    """Makes calls of ``owner.name`` recorded; False if there is no such method."""
    method = getattr(owner, name, None)
    if not callable(method):
        return False
    if not _is_recorded(method):
        setattr(owner, name, _recording(method, api))
    return True


def _is_recorded(method: Any) -> bool:
    for _ in range(_UNWRAP_MAX):
        if method is None:
            return False
        if _MARK in getattr(method, "__dict__", {}):
            return True
        method = getattr(method, "__dict__", {}).get("__wrapped__")
    return False


def _recording(method: Callable[..., Any], api: Api) -> Callable[..., Any]:
    innermost = inspect.unwrap(getattr(method, "__func__", method))
    wrapper: Callable[..., Any]
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def recorded_async(*arguments: Any, **keywords: Any) -> Any:
            return await _call_async(api, method, arguments, keywords)

        wrapper = recorded_async
    elif inspect.iscoroutinefunction(innermost):
        # Providers check arguments in a plain function around the async one.
        @functools.wraps(method)
        def recorded_awaitable(*arguments: Any, **keywords: Any) -> Any:
            return _call_async(api, method, arguments, keywords)

        wrapper = recorded_awaitable
    else:
        is_sync = str(getattr(innermost, "__module__", "")).split(".")[0] == "openai"

        @functools.wraps(method)
        def recorded(*arguments: Any, **keywords: Any) -> Any:
            return _call(api, method, arguments, keywords, is_sync)

        wrapper = recorded
    setattr(wrapper, _MARK, api)
    return wrapper


def _call(
    api: Api, method: Callable[..., Any], arguments: Any, keywords: dict[str, Any], is_sync: bool
) -> Any:
    # What may return a stream or an awaitable must not stay current in this context.
    attached = is_sync and not _outlives_call(keywords)
    record = Record.open(api, keywords, detached=not attached)
    if record is None:
        return method(*arguments, **keywords)
    try:
        result = method(*arguments, **keywords) if is_sync else record.run(method, *arguments, **keywords)
    except BaseException as error:
        record.fail(error)
        raise
    if inspect.isawaitable(result):
        return _finish_async(record, result, keywords)
    return _delivered(record, result, keywords, is_async=False)


async def _call_async(
    api: Api, method: Callable[..., Awaitable[Any]], arguments: Any, keywords: dict[str, Any]
) -> Any:
    record = Record.open(api, keywords, detached=_outlives_call(keywords))
    if record is None:
        return await method(*arguments, **keywords)
    try:
        result = await method(*arguments, **keywords)
    except BaseException as error:
        record.fail(error)
        raise
    return _delivered(record, result, keywords, is_async=True)


async def _finish_async(record: Record, awaitable: Awaitable[Any], keywords: dict[str, Any]) -> Any:
    try:
        result = await awaitable
    except BaseException as error:
        record.fail(error)
        raise
    return _delivered(record, result, keywords, is_async=True)


def _outlives_call(keywords: dict[str, Any]) -> bool:
    return _streams(keywords) or _raw_form(keywords) is not None


def _streams(keywords: dict[str, Any]) -> bool:
    stream = keywords.get("stream", False)
    return is_given(stream) and bool(stream)


def _raw_form(keywords: dict[str, Any]) -> str | None:
    """``true`` for a raw response, ``stream`` for one whose body is not yet read."""
    headers = keywords.get("extra_headers")
    if not isinstance(headers, dict):
        return None
    return next((str(value) for name, value in headers.items() if str(name).lower() == _RAW_HEADER), None)


def _delivered(record: Record, result: Any, keywords: dict[str, Any], *, is_async: bool) -> Any:
    """Hands the result over to the host; the record ends now or with the stream."""
    try:
        raw = _raw_form(keywords)
        if raw == "stream" or (raw is not None and _streams(keywords)):
            return RawResponse(result, Observer(record, is_async))
        if raw is not None:
            record.succeed(result.http_response.json())
        elif _streams(keywords):
            return observed(result, Observer(record, is_async))
        else:
            record.succeed(result)
    except Exception as error:
        log.warning("%s: the answer is not recorded: %r", record.api.name, error)
        record.succeed(None)
    return result
