"""The process's resident memory, sampled on a thread while somebody wants it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

import psutil

STATM: Final = Path("/proc/self/statm")
INTERVAL_S = 0.010
TELL_EACH = 10  # samples; listeners are told at a tenth of the rate

Listener = Callable[[], None]


class Sampler:
    """RSS in bytes every `interval_s`: the last one, the one just before the first weights came, the most since then.

    The thread lives from the first `wanted` to the last; listeners are told on it, every tenth sample.
    """

    def __init__(self, rss: Callable[[], int] | None = None, interval_s: float = INTERVAL_S) -> None:
        self._rss = rss or _own_rss
        self._quick_rss = _statm if rss is None and STATM.exists() else _as_it_is(self._rss)
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._wants = 0
        self._listeners: tuple[Listener, ...] = ()
        self._working = threading.Lock()
        self._thread: threading.Thread | None = None
        self.before_load: int | None = None
        self.peak: int | None = None  # since `before_load` was taken
        self.last = 0

    def look(self) -> int:
        """Take one sample now."""
        return self._seen(self._rss())

    def first_load(self) -> None:
        """The first weights are about to come: what is filled now is the baseline.

        Only the first call counts, and none while nobody samples: a peak that nobody watched would be a lie.
        """
        with self._lock:
            if self.before_load is None and self._wants:
                self.before_load = self.peak = self._rss()

    @contextmanager
    def wanted(self, listener: Listener | None = None) -> Iterator[None]:
        """Inside, samples are taken, and `listener` is told every tenth one; a last time on leaving."""
        self._begin(listener)
        try:
            yield
        finally:
            self._end(listener)

    def _seen(self, rss: int) -> int:
        self.last = rss
        if self.peak is not None and rss > self.peak:
            self.peak = rss
        return rss

    def _begin(self, listener: Listener | None) -> None:
        with self._lock:
            self._wants += 1
            if listener is not None:
                self._listeners = (*self._listeners, listener)
            if self._wants == 1:
                # Held while the thread shall go on: cheaper to wait for than an Event, a hundred times a second.
                self._working = threading.Lock()
                self._working.acquire()
                self._thread = threading.Thread(
                    target=self._run, args=(self._working,), name="memory sampler", daemon=True
                )
                self._thread.start()

    def _end(self, listener: Listener | None) -> None:
        with self._lock:
            self._wants -= 1
            thread = self._thread if self._wants == 0 else None
            if thread is not None:
                self._working.release()
            self._listeners = tuple(kept for kept in self._listeners if kept is not listener)
        if thread is not None:
            thread.join()
        self.look()
        if listener is not None:
            listener()

    def _run(self, working: threading.Lock) -> None:
        count = 0
        with self._quick_rss() as rss:
            while not working.acquire(timeout=self._interval_s):
                self._seen(rss())
                count += 1
                if count % TELL_EACH == 0:
                    for listener in self._listeners:
                        listener()


def _own_rss() -> int:
    return int(psutil.Process().memory_info().rss)


def _as_it_is(rss: Callable[[], int]) -> Callable[[], AbstractContextManager[Callable[[], int]]]:
    return lambda: nullcontext(rss)


@contextmanager
def _statm() -> Iterator[Callable[[], int]]:
    """What psutil reads, from a file that stays open: a tenth of the cost, which a hundred times a second matters."""
    page = os.sysconf("SC_PAGE_SIZE")
    with STATM.open("rb", buffering=0) as stream:
        yield lambda: int(os.pread(stream.fileno(), 128, 0).split()[1]) * page
