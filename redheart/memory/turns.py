"""Short turns of the interpreter for threads that move weights, so that the event loop need not wait for them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

P = ParamSpec("P")

#: Seconds after which such a thread lets others go on; Python's own 5 ms are felt.
TURN_S: Final = 0.0005


def in_short_turns(move: Callable[P, None]) -> Callable[P, None]:
    """What moves weights gives other threads the interpreter often."""

    @wraps(move)
    def moved(*args: P.args, **kwargs: P.kwargs) -> None:
        with _TURNS:
            move(*args, **kwargs)

    return moved


class _ShortTurns:
    """The switch interval is short from the first that enters until the last has left, on whatever threads."""

    def __init__(self) -> None:
        self._lock, self._inside, self._usual = threading.Lock(), 0, 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(TURN_S)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual)


_TURNS: Final = _ShortTurns()
