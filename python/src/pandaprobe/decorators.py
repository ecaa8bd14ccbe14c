"""`trace` and `span`: record the calls of a function.

    @pandaprobe.span(kind="TOOL")
    def search(query: str) -> list[str]: ...

    @pandaprobe.trace(name="support-agent")
    async def answer(messages: list[dict[str, str]]) -> dict[str, object]: ...

A call is recorded with its arguments, its result and its exception, which goes on. The
recording itself never fails a call. Generators are recorded for as long as they are
iterated over, with what they yield (10,000 items or 1 MiB of them) as the output; they are
current only while their body runs.
"""

# `overload` has to be a stand-in at run time, which the linter does not see through.
# ruff: noqa: D103, F811

from __future__ import annotations

from pandaprobe import client as _client
from pandaprobe._core import Recorder, TraceContext

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
    from typing import Any, TypeVar, overload

    from pandaprobe._core import Iteration

    # The whole type of what is decorated, so that signatures, overloads and `async` stay.
    F = TypeVar("F", bound=Callable[..., Any])
else:

    def overload(function):
        """Without meaning at run time."""
        return function


__all__ = ["span", "trace"]


@overload
def trace(
    fn: F,
    *,
    name: str | None = None,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> F: ...
@overload
def trace(
    fn: None = None,
    *,
    name: str | None = None,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...
def trace(
    fn: Any = None,
    *,
    name: str | None = None,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """Records each call of a function as a trace of its own.

    Of an argument ``messages`` (a list) only the user's last message becomes the input, of a
    result with ``messages`` only the assistant's last one the output.

    Args:
        fn: The function, if used without parentheses.
        name: Of the traces; by default the function's.
        session_id: Defaults to that of the context at each call; so does `user_id`.
        user_id: Whom the traces belong to.
        tags: Labels.
        metadata: Free metadata.
    """

    def decorate(fn: Any) -> Any:
        title = str(name or _name(fn))
        recorder = Recorder(title, _parameters(fn))

        def begin() -> TraceContext | None:
            client = _client.get_client()
            if client is None or not client.enabled:
                return None
            try:
                made = client.trace(
                    title, session_id=session_id, user_id=user_id, tags=tags, metadata=metadata
                )
            except Exception:
                # Only a replacement of `trace` can fail, or give something else.
                return None
            return made if isinstance(made, TraceContext) else None

        return _trace_calls(fn, recorder, begin)

    return _decorated(fn, decorate)


@overload
def span(
    fn: F,
    *,
    name: str | None = None,
    kind: str = "OTHER",
    model: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> F: ...
@overload
def span(
    fn: None = None,
    *,
    name: str | None = None,
    kind: str = "OTHER",
    model: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...
def span(
    fn: Any = None,
    *,
    name: str | None = None,
    kind: str = "OTHER",
    model: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """Records each call of a function as a span, if a trace is open where it is called.

    Args:
        fn: The function, if used without parentheses.
        name: Of the spans; by default the function's.
        kind: One of `SpanKind`.
        model: Of the language model that is called.
        metadata: Free metadata.

    Raises:
        ValueError: If `kind` does not exist; at decoration, never at a call.
    """

    def decorate(fn: Any) -> Any:
        recorder = Recorder(str(name or _name(fn)), _parameters(fn), kind, model, metadata)
        return _span_calls(fn, recorder)

    return _decorated(fn, decorate)


def _decorated(fn: Any, decorate: Callable[[Any], Any]) -> Any:
    if fn is None:
        return lambda fn: _decorated(fn, decorate)
    if isinstance(fn, (staticmethod, classmethod)):
        return type(fn)(decorate(fn.__func__))
    return decorate(fn)


def _span_calls(fn: Any, recorder: Recorder) -> Any:
    # Not needed before something is decorated: `import pandaprobe` stays light.
    import functools
    import inspect

    begin, end = recorder.begin_span, recorder.end_span

    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        drive = _drive if inspect.isgeneratorfunction(fn) else _drive_async

        def iterate(*args: Any, **kwargs: Any) -> Any:
            iteration = recorder.prepare_span(args, kwargs)
            return _iterated(fn, args, kwargs, iteration, drive)

        return _GeneratorFunction.of(fn, iterate)

    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def run(*args: Any, **kwargs: Any) -> Any:
            span = begin(args, kwargs)
            if span is None:
                return await fn(*args, **kwargs)
            try:
                result = await fn(*args, **kwargs)
            except BaseException as error:
                span.__exit__(type(error), error, error.__traceback__)
                raise
            end(span, result)
            return result

        return run

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        span = begin(args, kwargs)
        if span is None:
            return fn(*args, **kwargs)
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        end(span, result)
        return result

    return call


def _trace_calls(fn: Any, recorder: Recorder, begin: Callable[[], TraceContext | None]) -> Any:
    import functools
    import inspect

    start, end = recorder.begin_trace, recorder.end_trace

    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        drive = _drive if inspect.isgeneratorfunction(fn) else _drive_async

        def iterate(*args: Any, **kwargs: Any) -> Any:
            trace = begin()
            iteration = None if trace is None else recorder.prepare_trace(trace, args, kwargs)
            return _iterated(fn, args, kwargs, iteration, drive)

        return _GeneratorFunction.of(fn, iterate)

    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def run(*args: Any, **kwargs: Any) -> Any:
            trace = begin()
            if trace is None:
                return await fn(*args, **kwargs)
            start(trace, args, kwargs)
            try:
                result = await fn(*args, **kwargs)
            except BaseException as error:
                trace.__exit__(type(error), error, error.__traceback__)
                raise
            end(trace, result)
            return result

        return run

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        trace = begin()
        if trace is None:
            return fn(*args, **kwargs)
        start(trace, args, kwargs)
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            trace.__exit__(type(error), error, error.__traceback__)
            raise
        end(trace, result)
        return result

    return call


def _iterated(
    fn: Any, args: Any, kwargs: Any, iteration: Iteration | None, drive: Callable[[Iteration, Any], Any]
) -> Any:
    if iteration is None:
        return fn(*args, **kwargs)
    if isinstance(fn, _GeneratorFunction):
        # Recorded itself: called when the record around it is open.
        return drive(iteration, lambda: fn(*args, **kwargs))
    body = fn(*args, **kwargs)
    return drive(iteration, lambda: body)


def _drive(iteration: Iteration, make: Callable[[], Generator[Any, Any, Any]]) -> Generator[Any, Any, Any]:
    """A generator, recorded: as a generator of its own, in front of it."""
    body: Any = None
    step: Any = None
    argument: Any = None
    while True:
        iteration.resume()
        try:
            if body is None:
                body = make()
                step = body.send
            item = step(argument)
        except StopIteration as stop:
            iteration.finish()
            return stop.value
        except BaseException as error:
            iteration.finish(error)
            raise
        iteration.suspend(item)
        try:
            argument = yield item
            step = body.send
        except GeneratorExit:
            iteration.resume()
            try:
                body.close()
            except BaseException as error:
                iteration.finish(error)
                raise
            iteration.finish()
            raise
        except BaseException as error:
            step, argument = body.throw, error


async def _drive_async(
    iteration: Iteration, make: Callable[[], AsyncGenerator[Any, Any]]
) -> AsyncGenerator[Any, Any]:
    """`_drive` for an asynchronous generator."""
    body: Any = None
    step: Any = None
    argument: Any = None
    while True:
        iteration.resume()
        try:
            if body is None:
                body = make()
                step = body.asend
            item = await step(argument)
        except StopAsyncIteration:
            iteration.finish()
            return
        except BaseException as error:
            iteration.finish(error)
            raise
        iteration.suspend(item)
        try:
            argument = yield item
            step = body.asend
        except GeneratorExit:
            iteration.resume()
            try:
                await body.aclose()
            except BaseException as error:
                iteration.finish(error)
                raise
            iteration.finish()
            raise
        except BaseException as error:
            step, argument = body.athrow, error


class _GeneratorFunction:
    """A function that `inspect` takes for the generator function it stands for.

    A plain function around it could not be both: one that takes note of a call when it
    happens, and one that frameworks recognise as a generator function.
    """

    def __init__(self, fn: Any, call: Callable[..., Any]) -> None:
        import functools

        # First: what is wrapped may be one of these, and its own attributes come along.
        functools.update_wrapper(self, fn)
        self._call = call
        self.__code__ = fn.__code__
        self.__defaults__ = fn.__defaults__
        self.__kwdefaults__ = fn.__kwdefaults__

    @classmethod
    def of(cls, fn: Any, call: Callable[..., Any]) -> Any:
        """What is recognised as `fn` if it is a function, else a plain function."""
        if hasattr(fn, "__code__"):
            return cls(fn, call)
        import functools

        return functools.wraps(fn)(call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        from types import MethodType

        return MethodType(self, instance)

    def __reduce__(self) -> str:
        # By name, as functions are.
        qualname: str = self.__qualname__  # type: ignore[attr-defined]
        return qualname

    def __repr__(self) -> str:
        return repr(self.__wrapped__)  # type: ignore[attr-defined]


def _name(fn: Any) -> str:
    return str(getattr(fn, "__name__", None) or type(fn).__name__)


def _parameters(fn: Any) -> list[tuple[str, int, tuple[Any, ...]]] | None:
    import inspect

    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return None
    return [
        (
            parameter.name,
            int(parameter.kind),
            () if parameter.default is inspect.Parameter.empty else (parameter.default,),
        )
        for parameter in signature.parameters.values()
    ]
