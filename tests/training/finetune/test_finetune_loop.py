"""How fine-tuning learns, stops and goes on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import REVIEWS, network, source, stage
from safetensors import safe_open

from redheart.errors import CheckpointError, RedHeartError
from redheart.training.finetune.loop import Loop, Schedule
from redheart.training.finetune.network import FineTuned
from redheart.training.finetune.recipe import Share, Stage
from redheart.training.finetune.tasks import Task


def loop_in(folder: Path, steps: int = 40, seed: int = 3) -> Loop:
    folder.mkdir(exist_ok=True)
    return Loop(network(), {"nsmc": source(folder)}, stage(steps), seed, folder)


def run(loop: Loop, until: int = 10_000) -> Loop:
    def tell(step: int, _: dict[str, float]) -> None:
        loop.stopped = step >= until

    loop.run(Schedule([REVIEWS], {"nsmc": 64}, loop.stage, loop.seed), tell)
    return loop


def right(network: FineTuned, folder: Path) -> float:
    batch = source(folder).batch(np.arange(64), None)
    with torch.no_grad():
        logits = network.eval().outputs(batch, ("polarity",))["polarity"]
    return float(((logits > 0) == (batch.targets["polarity"] > 0.5)).float().mean())


def test_what_can_be_learned_is_learned(tmp_path: Path) -> None:
    loop = run(loop_in(tmp_path))
    assert right(loop.network, tmp_path) == 1.0


def test_a_run_that_was_stopped_ends_where_one_that_was_not_ends(tmp_path: Path) -> None:
    whole = run(loop_in(tmp_path / "whole"))
    run(loop_in(tmp_path / "parts"), until=17)
    parts = loop_in(tmp_path / "parts")
    parts.restore()
    assert parts.step == 17
    run(parts)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, parts.network.state_dict()[name]), name
    assert all(torch.equal(value, parts.average[name]) for name, value in whole.average.items())


def test_another_seed_takes_another_way(tmp_path: Path) -> None:
    one, other = run(loop_in(tmp_path / "a", 5)), run(loop_in(tmp_path / "b", 5, seed=4))
    assert not torch.equal(one.network.branch.layers[0].qkv.weight, other.network.branch.layers[0].qkv.weight)


def test_the_state_says_how_far_it_is_and_holds_the_average(tmp_path: Path) -> None:
    run(loop_in(tmp_path), until=9)
    with safe_open(tmp_path / "state.safetensors", framework="pt") as stored:
        assert stored.metadata()["step"] == "9"
        assert any(name.startswith("average/") for name in stored.keys())


def test_a_loss_a_thousand_times_as_large_moves_the_weights_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(loop_in(tmp_path / "plain", 6))
    monkeypatch.setattr("redheart.training.finetune.loop.WEIGHTS", {"polarity": 1000.0})
    loud = run(loop_in(tmp_path / "loud", 6))
    quiet, noisy = (each.network.state_dict()["branch.layers.0.qkv.weight"] for each in (plain, loud))
    assert torch.allclose(quiet, noisy, atol=1e-4)


def test_a_state_learned_by_another_recipe_is_not_gone_on_with(tmp_path: Path) -> None:
    run(loop_in(tmp_path, 40), until=9)
    with pytest.raises(CheckpointError, match="learned with steps '40', the recipe has '50'"):
        loop_in(tmp_path, 50).restore()
    with pytest.raises(CheckpointError, match="learned with seed '3', the recipe has '4'"):
        loop_in(tmp_path, 40, seed=4).restore()


def test_a_gradient_that_is_no_number_ends_the_run_and_leaves_the_stored_state(tmp_path: Path) -> None:
    run(loop_in(tmp_path), until=9)
    loop = loop_in(tmp_path)
    loop.restore()
    with torch.no_grad():
        loop.network.model.head("polarity").bias.fill_(torch.nan)
    with pytest.raises(RedHeartError, match="gradient of 'nsmc' is 'nan' at step 10"):
        run(loop)
    with safe_open(tmp_path / "state.safetensors", framework="pt") as stored:
        assert stored.metadata()["step"] == "9"


def test_a_batch_in_which_a_head_has_no_label_teaches_the_other_heads(tmp_path: Path) -> None:
    """Film reviews whose labels are all unknown beside a head of the same set that knows its own."""
    known = source(tmp_path, replace(REVIEWS, heads=("polarity", "virtue")))
    known.documents.targets["polarity"][:] = np.nan
    known.documents.targets["virtue"] = np.ones((64, 1), np.float32)
    loop = Loop(network(("polarity", "virtue")), {"nsmc": known}, stage(4), 3, tmp_path)
    loop.run(Schedule([known.task], {"nsmc": 64}, loop.stage, 3), lambda *_: None)
    assert set(loop.recent) == {"virtue"}
    assert all(bool(value.isfinite().all()) for value in loop.network.state_dict().values())


def test_every_epoch_draws_every_row_once_in_an_order_of_its_own() -> None:
    schedule = Schedule([REVIEWS], {"nsmc": 64}, stage(8), 0)
    drawn = np.concatenate([schedule.draw(step)[1] for step in range(8)])
    assert sorted(drawn[:64]) == sorted(drawn[64:]) == list(range(64))
    assert drawn[:64].tolist() != drawn[64:].tolist()


def test_tasks_are_drawn_by_their_shares_and_a_longer_run_begins_like_a_shorter_one() -> None:
    tasks = [REVIEWS, Task("emobank", ("dimensions",), "text")]
    shares = {"nsmc": Share(share=0.8, rows=4), "emobank": Share(share=0.2, rows=4)}
    short, long = (Schedule(tasks, {"nsmc": 9, "emobank": 9}, Stage(steps=n, tasks=shares), 1) for n in (500, 900))
    assert (short.order == long.order[:500]).all()
    assert (long.order == 0).mean() == pytest.approx(0.8, abs=0.05)


def test_the_rates_rise_stay_and_fall_to_nothing() -> None:
    course = Stage(steps=100, decay_steps=20, warm_up=10, tasks={})
    assert [course.factor(step) for step in (0, 9, 50, 80, 90, 100)] == pytest.approx([0.1, 1, 1, 1, 0.5, 0])
