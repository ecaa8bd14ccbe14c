"""Reading what providers take and give: pydantic models, dicts or any objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What clients put in place of arguments that were not given.
_SENTINELS = frozenset({"NotGiven", "Omit", "Unset", "_Unset"})

# Deeper is no answer of a provider but a cycle.
_DEPTH_MAX = 50


def is_given(value: Any) -> bool:
    """Whether an argument is more than a provider's "not given"."""
    return type(value).__name__ not in _SENTINELS


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given."""
    return {key: value for key, value in arguments.items() if is_given(value)}


def get(value: Any, key: str) -> Any:
    """An item of a dict or an attribute of an object; None if there is none."""
    if isinstance(value, Mapping):
        return value.get(key)
    return getattr(value, key, None)


def fields(value: Any) -> dict[str, Any]:
    """What an object holds, one level deep."""
    if isinstance(value, Mapping):
        return dict(value)
    extra = getattr(value, "model_extra", None)
    return {**getattr(value, "__dict__", {}), **(extra if isinstance(extra, dict) else {})}


def plain(value: Any, depth: int = 0) -> Any:
    """A provider's object as dicts and lists, with the fields that were really sent."""
    if value is None or isinstance(value, (str, int, float, bool)) or depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {key: plain(item, depth + 1) for key, item in value.items() if is_given(item)}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    dumped = _dumped(value)
    if dumped is not None:
        return dumped
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        return value
    public = {key: item for key, item in vars(value).items() if not key.startswith("_")}
    return {key: plain(item, depth + 1) for key, item in public.items() if is_given(item)}


def _dumped(value: Any) -> dict[str, Any] | None:
    dump = getattr(value, "model_dump", None)
    if not callable(dump) or isinstance(value, type):
        return None
    try:
        # Warnings would be about the provider's types, shown to users who made none of them.
        dumped = dump(exclude_unset=True, warnings=False)
    except TypeError:
        dumped = dump()
    return dumped if isinstance(dumped, dict) else None


def as_dict(value: Any) -> dict[str, Any]:
    """The value if it is a dict, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def count(value: Any) -> int:
    """A token count; 0 if it is none."""
    return value if type(value) is int and value > 0 else 0


def parameters(arguments: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The model parameters among the arguments; classes (as response formats) by their name."""
    found = {name: arguments[name] for name in names if name in arguments}
    return {
        name: value.__name__ if isinstance(value, type) else plain(value) for name, value in found.items()
    }
