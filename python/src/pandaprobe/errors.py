"""What `Client.on_error` callbacks are given: one exception for each kind of loss.

    PandaProbeError
    └── LostError                what was lost, how much of it, and why
        ├── QueueFullError       the queue's limit was reached; the oldest made room
        ├── RejectedError        the server refused it
        ├── GaveUpError          the server could not be reached, or failed, for too long
        ├── ShutDownError        the program ended, or the client was shut down, before
        └── UnusableError        it could not be turned into something to send

None of them is ever raised into your code.
"""

from __future__ import annotations

__all__ = [
    "GaveUpError",
    "LostError",
    "PandaProbeError",
    "QueueFullError",
    "RejectedError",
    "ShutDownError",
    "UnusableError",
]


class PandaProbeError(Exception):
    """Base of all exceptions of this package."""


class LostError(PandaProbeError):
    """Something that was recorded will not arrive.

    Attributes:
        what: ``"trace"``, ``"trace_part"`` (of a trace that was still open) or ``"score"``.
        count: How many of them.
        reason: Why, in words.
    """

    def __init__(self, message: str, what: str, count: int, reason: str) -> None:
        super().__init__(message)
        self.what = what
        self.count = count
        self.reason = reason

    def __reduce__(self) -> tuple[type[LostError], tuple[str, str, int, str]]:
        return type(self), (str(self), self.what, self.count, self.reason)


class QueueFullError(LostError):
    """The queue's limit was reached: the oldest items made room."""


class RejectedError(LostError):
    """The server refused the items."""


class GaveUpError(LostError):
    """The items were tried again until they were too old."""


class ShutDownError(LostError):
    """The program ended, or the client was shut down, before the items could be sent."""


class UnusableError(LostError):
    """What was given could not be turned into something to send."""


_CLASSES = {
    "queue_full": QueueFullError,
    "rejected": RejectedError,
    "gave_up": GaveUpError,
    "shut_down": ShutDownError,
    "unencodable": UnusableError,
}


def lost_error(what: str, count: int, phrase: str, reason_code: str, reason: str, endpoint: str) -> LostError:
    """Makes the exception for what `Transport.hear_losses` tells."""
    were = "was" if count == 1 else "were"
    message = f"{phrase} {were} lost: {reason}; endpoint {endpoint}"
    return _CLASSES.get(reason_code, LostError)(message, what, count, reason)
