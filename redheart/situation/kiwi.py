"""The one Kiwi instance of this process: a Korean morphological analyser with its model bundled."""

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def kiwi() -> Any:
    """Load Kiwi once (about 1.5 s); later calls return the same instance, which is safe to share between threads."""
    from kiwipiepy import Kiwi

    return Kiwi()
