"""Streams and raw responses, which end a record only when they have been read or left.

The host gets a proxy that behaves as the provider's object does: the same attributes and
methods, the same answer to `isinstance`.
"""

from __future__ import annotations

import atexit
import functools
import os
import weakref
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from pandaprobe.wrappers._api import Collector
from pandaprobe.wrappers._record import Record, log

_alive: weakref.WeakSet[_Proxy] = weakref.WeakSet()


class Observer:
    """Sees the chunks of one stream and ends its record, once."""

    __slots__ = ("_collector", "_output_begun", "_record", "is_async", "pulling")

    def __init__(self, record: Record, is_async: bool) -> None:
        self._record = record
        self.is_async = is_async
        self._collector: Collector = record.api.collector()
        self._output_begun = False
        self.pulling = False
        """Whether the provider is busy with the next chunk; it closes responses on its own then."""

    def chunk(self, chunk: Any) -> None:
        """Takes a chunk."""
        try:
            if self._collector.add(chunk) and not self._output_begun:
                self._output_begun = True
                self._record.output_begins()
        except Exception as error:
            log.debug("a chunk is not recorded: %r", error)

    def end(self) -> None:
        """The stream was read to its end."""
        self._record.succeed(self._response())

    def fail(self, error: BaseException) -> None:
        """Reading failed."""
        self._record.fail(error, self._response())

    def leave(self) -> None:
        """The stream was closed or thrown away, maybe before its end."""
        if self._collector.complete:
            self.end()
        else:
            self._record.leave(self._response())

    def leave_raw(self, response: Any) -> None:
        """A raw response was closed or thrown away; its body, if it was read, is the answer."""
        try:
            body = response.http_response.json()
        except Exception:
            self.leave()
        else:
            self._record.succeed(body)

    def _response(self) -> Any:
        try:
            return self._collector.response()
        except Exception as error:
            log.debug("a stream is recorded without its output: %r", error)
            return None

    def whole(self, response: Any) -> None:
        """It was no stream after all."""
        self._record.succeed(response)

    def watch(self, response: Any) -> None:
        """Leaves when the HTTP response is closed: helpers on top of streams close only that."""
        for name in ("close", "aclose"):
            method = getattr(response, name, None)
            if callable(method):
                try:
                    setattr(response, name, leaving(method, self._closed))
                except (AttributeError, TypeError):
                    log.debug("cannot see when %r is closed", response)

    def _closed(self) -> None:
        if not self.pulling:
            self.leave()


def leaving(method: Callable[..., Any], left: Callable[[], None]) -> Callable[..., Any]:
    """`method`, followed by a call of `left`."""

    @functools.wraps(method)
    def close(*arguments: Any, **keywords: Any) -> Any:
        result = method(*arguments, **keywords)
        left()
        return result

    return close


@atexit.register
def _leave_all() -> None:
    """At exit: what was not read to its end is recorded as far as it was, before the SDK's own end."""
    for proxy in list(_alive):
        proxy._pp_left()


if hasattr(os, "register_at_fork"):
    # They are the parent's.
    os.register_at_fork(after_in_child=_alive.clear)


class _Proxy:
    """Stands for `_pp_target` and passes everything on to it."""

    __slots__ = ("__weakref__", "_pp_observer", "_pp_target")

    def __init__(self, target: Any, observer: Observer) -> None:
        object.__setattr__(self, "_pp_target", target)
        object.__setattr__(self, "_pp_observer", observer)
        _alive.add(self)

    def _pp_class(self) -> type:
        return type(self._pp_target)

    # Makes `isinstance(proxy, ClassOfTarget)` true.
    __class__ = property(_pp_class)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_pp_"):
            raise AttributeError(name)
        attribute = getattr(self._pp_target, name)
        if name in ("close", "aclose"):
            return leaving(attribute, self._pp_left)
        return attribute

    def _pp_left(self) -> None:
        self._pp_observer.leave()

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._pp_target, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._pp_target, name)

    def __dir__(self) -> list[str]:
        return dir(self._pp_target)

    def __repr__(self) -> str:
        return repr(self._pp_target)

    def __del__(self) -> None:
        try:
            self._pp_left()
        except Exception:  # At exit of the interpreter anything may be gone.
            return


class SyncStream(_Proxy):
    """A stream that is read with `for`."""

    __slots__ = ("_pp_source",)

    def __init__(self, target: Any, observer: Observer) -> None:
        super().__init__(target, observer)
        object.__setattr__(self, "_pp_source", iter(target))

    def __iter__(self) -> SyncStream:
        return self

    def __next__(self) -> Any:
        observer = self._pp_observer
        observer.pulling = True
        try:
            chunk = next(self._pp_source)
        except StopIteration:
            observer.end()
            raise
        except BaseException as error:
            observer.fail(error)
            raise
        finally:
            observer.pulling = False
        observer.chunk(chunk)
        return chunk

    def __enter__(self) -> Any:
        enter = getattr(type(self._pp_target), "__enter__", None)
        entered = self._pp_target if enter is None else enter(self._pp_target)
        return self if entered is self._pp_target else entered

    def __exit__(self, *details: Any) -> Any:
        leave = getattr(type(self._pp_target), "__exit__", None)
        try:
            return None if leave is None else leave(self._pp_target, *details)
        finally:
            self._pp_observer.leave()


class AsyncStream(_Proxy):
    """A stream that is read with `async for`."""

    __slots__ = ("_pp_source",)

    def __init__(self, target: Any, observer: Observer) -> None:
        super().__init__(target, observer)
        source = target if hasattr(type(target), "__anext__") else target.__aiter__()
        object.__setattr__(self, "_pp_source", source)

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Any:
        observer = self._pp_observer
        observer.pulling = True
        try:
            chunk = await self._pp_source.__anext__()
        except StopAsyncIteration:
            observer.end()
            raise
        except BaseException as error:
            observer.fail(error)
            raise
        finally:
            observer.pulling = False
        observer.chunk(chunk)
        return chunk

    async def __aenter__(self) -> Any:
        enter = getattr(type(self._pp_target), "__aenter__", None)
        entered = self._pp_target if enter is None else await enter(self._pp_target)
        return self if entered is self._pp_target else entered

    async def __aexit__(self, *details: Any) -> Any:
        leave = getattr(type(self._pp_target), "__aexit__", None)
        try:
            return None if leave is None else await leave(self._pp_target, *details)
        finally:
            self._pp_observer.leave()


class RawResponse(_Proxy):
    """A response that the host parses itself, if at all."""

    __slots__ = ("_pp_parsed",)

    def __init__(self, target: Any, observer: Observer) -> None:
        super().__init__(target, observer)
        object.__setattr__(self, "_pp_parsed", {})

    def __getattr__(self, name: str) -> Any:
        if name == "parse":
            return self._pp_parse(getattr(self._pp_target, name))
        return super().__getattr__(name)

    def _pp_parse(self, parse: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(parse)
        def recorded(*arguments: Any, **keywords: Any) -> Any:
            result = parse(*arguments, **keywords)
            if not isawaitable(result):
                return self._pp_observed(result)

            async def awaited() -> Any:
                return self._pp_observed(await result)

            return awaited()

        return recorded

    def _pp_observed(self, result: Any) -> Any:
        # The provider keeps what it parsed and gives it again.
        known = self._pp_parsed.get(id(result))
        if known is None:
            known = self._pp_parsed[id(result)] = observed(result, self._pp_observer)
        return known

    def _pp_left(self) -> None:
        # A parsed stream lives on without the response that it came from.
        if not self._pp_parsed:
            self._pp_observer.leave_raw(self._pp_target)


def observed(result: Any, observer: Observer) -> Any:
    """What the host gets in place of a stream; anything else is taken as the whole response."""
    kind = type(result)
    stream: _Proxy
    if observer.is_async and (hasattr(kind, "__anext__") or hasattr(kind, "__aiter__")):
        stream = AsyncStream(result, observer)
    elif not observer.is_async and _is_iterable_object(result):
        stream = SyncStream(result, observer)
    else:
        observer.whole(result)
        return result
    observer.watch(getattr(result, "response", None))
    return stream


def _is_iterable_object(result: Any) -> bool:
    """Whether it may be read as a stream; models can be iterated too, over their fields."""
    plain = (str, bytes, dict, list, tuple)
    return (
        hasattr(type(result), "__iter__")
        and not isinstance(result, plain)
        and not hasattr(result, "model_dump")
    )
