"""Computing under a grant: where memory runs out, relief, and again."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redheart.devices import is_out_of_memory
from redheart.types.residency import Grant

T = TypeVar("T")


async def with_relief(grant: Grant, compute: Callable[[int], Awaitable[T]]) -> T:
    """`compute(items)` with as many items at once as are granted, again after each relief.

    Raises what `compute` raises, and OutOfMemoryError when no relief is left.
    """
    while True:
        try:
            return await compute(grant.items)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            lack = error
        # Its frames hold what was computed so far: memory that relief needs.
        traceback.clear_frames(lack.__traceback__)
        await grant.relieve(lack)
