import random
from itertools import combinations

import pytest

from redheart.benchmarks.memory import decisions, diffusers_search
from redheart.benchmarks.memory.decisions import decision, decision_rows, duel
from redheart.benchmarks.memory.random_ledger import chunked, crowded_ledger, idle_ledger
from redheart.errors import BudgetError
from redheart.memory.policies import policy_named


def test_chunks_add_up_and_none_is_empty() -> None:
    for nbytes in (1, 63_999_999, 64_000_000, 64_000_001, 1_000_000_000):
        sizes = chunked(nbytes)
        assert sum(sizes) == nbytes
        assert 0 < min(sizes) <= max(sizes) <= 64_000_000


@pytest.mark.parametrize("modules", [2, 4, 20, 100])
def test_a_crowded_ledger_is_full_but_not_overfull_and_lacks_a_module(modules: int) -> None:
    ledger = crowded_ledger(modules, random.Random(modules))
    states = ledger.snapshot().modules
    assert len(states) == modules
    assert any(not state.whole for state in states)
    assert any(state.whole for state in states)
    assert ledger.account.room >= 0


@pytest.mark.parametrize("seed", range(20))
def test_a_timed_decision_frees_what_is_short_and_touches_no_lease(seed: int) -> None:
    ledger, policy = crowded_ledger(12, random.Random(seed)), policy_named(decisions.POLICY)
    for state in ledger.snapshot().modules:
        try:
            move = decision(ledger, policy, state.name)
        except BudgetError:
            continue
        if move is not None:
            assert ledger.size(move.victims) >= ledger.snapshot().shortage(ledger.known([state.name]))
            assert all(ledger[piece.module].leases == 0 for piece in move.victims)


def test_as_many_decisions_as_asked_for_are_timed() -> None:
    (row,) = decision_rows(50, lambda sentence: None, sizes=(100,))
    assert (row.modules, row.samples >= 50, row.diffusers_ms) == (100, True, None)
    assert 0 < row.p50_ms <= row.p99_ms


def test_without_diffusers_its_figures_are_null_and_a_note_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(diffusers_search, "available", lambda: False)
    notes: list[str] = []
    (row,) = decision_rows(20, notes.append, sizes=(4,))
    assert (row.diffusers_ms, row.times_faster, row.our_bytes, row.never_more) == (None, None, None, None)
    assert "pip install 'redheart[bench]'" in notes[0]


def test_the_search_of_diffusers_runs_for_real_on_stand_ins() -> None:
    pytest.importorskip("diffusers")
    from diffusers.modular_pipelines import components_manager

    real = components_manager.TorchDeviceBackend
    resident = [70, 30, 45, 20]
    evicted = diffusers_search.search(resident, 60).evicted
    sums = [sum(some) for size in range(1, 5) for some in combinations(resident, size)]
    assert sum(resident[index] for index in evicted) == min(total for total in sums if total >= 60)
    assert components_manager.TorchDeviceBackend is real


@pytest.mark.parametrize("modules", [4, 8, 12])
@pytest.mark.parametrize("seed", range(5))
def test_never_more_is_evicted_than_by_diffusers_search(modules: int, seed: int) -> None:
    pytest.importorskip("diffusers")
    found = duel(modules, f"{seed}")
    assert found.wanted <= found.our_bytes <= found.its_bytes


def test_an_idle_ledger_has_no_room_to_the_last_byte() -> None:
    ledger = idle_ledger([100_000_000, 3], 50)
    assert (ledger.account.room, ledger.snapshot().shortage({"wanted"})) == (0, 50)
