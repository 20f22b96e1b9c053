"""The one Kiwi instance of this process: a Korean morphological analyser with its model bundled."""

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def kiwi() -> Any:
    """Load Kiwi once; later calls return the same instance, which is safe to share between threads.

    Its dictionary of multi-word entries stays out: it doubles the loading time and moves no sentence boundary.
    """
    from kiwipiepy import Kiwi

    return Kiwi(load_multi_dict=False)
