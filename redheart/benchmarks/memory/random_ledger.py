"""Ledgers full of modules that never were, from a seed, to decide upon."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

from redheart.memory.ledger import Ledger
from redheart.memory.states import ModuleState, Piece
from redheart.types.residency import SwapPriority, Tier

CHUNK_BYTES: Final = 64_000_000
SMALLEST, LARGEST = 1_000_000, 4_000_000_000
MOVABLE: Final = (SwapPriority.TEMPORARY, SwapPriority.AUXILIARY, SwapPriority.SECONDARY, SwapPriority.PRIMARY)
FILLED: Final = 0.5  # share of all bytes that the budget holds
LEASED: Final = 0.05  # share of residents that somebody uses


def chunked(nbytes: int, limit: int = CHUNK_BYTES) -> tuple[int, ...]:
    """`nbytes` (>= 1) in chunks of `limit` bytes, the last one smaller."""
    whole, rest = divmod(nbytes, limit)
    return (limit,) * whole + ((rest,) if rest else ())


def random_size(draw: random.Random) -> int:
    """Bytes of one module, log-uniform from 1 MB to 4 GB."""
    return int(math.exp(draw.uniform(math.log(SMALLEST), math.log(LARGEST))))


def crowded_ledger(modules: int, draw: random.Random) -> Ledger:
    """About half of the bytes in, in a random order of last use; priorities, leases, one requirement in ten modules.

    The budget is full to the last module that fitted. At least one module is absent (`modules` >= 2).
    """
    states = [_state(index, draw) for index in range(modules)]
    ledger = Ledger(Tier.DEVICE, max(int(sum(_bytes(states)) * FILLED), min(_bytes(states))))
    for state in states:
        ledger.register(state)
    for state in draw.sample(states, modules):
        pieces = [Piece(state.name, chunk) for chunk in range(len(state.chunks))]
        if sum(state.chunks) <= ledger.account.room:
            settle(ledger, pieces)
            if draw.random() < LEASED:
                ledger.lease([state.name])
    return ledger


def idle_ledger(resident: Sequence[int], wanted: int) -> Ledger:
    """Idle modules of these sizes, named by their index, fill the budget to the last byte; 'wanted' is absent.

    They came in together: nothing but their sizes tells them apart.
    """
    ledger = Ledger(Tier.DEVICE, sum(resident))
    states = [ModuleState(str(index), SwapPriority.PRIMARY, chunked(nbytes)) for index, nbytes in enumerate(resident)]
    for state in states:
        ledger.register(state)
    settle(ledger, [Piece(state.name, chunk) for state in states for chunk in range(len(state.chunks))])
    ledger.register(ModuleState("wanted", SwapPriority.PRIMARY, chunked(wanted)))
    return ledger


def settle(ledger: Ledger, pieces: Sequence[Piece]) -> None:
    """Book chunks in, as if they had been loaded."""
    ledger.reserve(pieces)
    ledger.commit(pieces)


def _state(index: int, draw: random.Random) -> ModuleState:
    requires = frozenset({f"m{draw.randrange(index)}"}) if index and draw.random() < 0.1 else frozenset[str]()
    return ModuleState(f"m{index}", draw.choice(MOVABLE), chunked(random_size(draw)), requires)


def _bytes(states: Sequence[ModuleState]) -> list[int]:
    return [sum(state.chunks) for state in states]
