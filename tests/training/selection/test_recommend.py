"""The files at the end of a run."""

import json

import pytest
from safetensors.torch import save_file

from redheart.training.run.folder import RunFolder
from redheart.training.selection.crossover import Epochs
from redheart.training.selection.pruning import epoch_files
from redheart.training.selection.recommend import write_crossover, write_sweet_spots
from tests.training.selection.scripted import EMOTION, ScriptedJudge, ScriptedStore, network, run_of

LOSSES = [1.0, 0.7, 0.45, 0.4, 0.42, 0.41, 0.43, 0.5, 0.6]


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path / "run")
    made.checkpoints.mkdir(parents=True)
    for epoch in range(1, len(LOSSES) + 1):
        save_file(network(epoch, -epoch), made.epoch_file(epoch))
    return made


def test_every_file_of_the_recommendation_is_written(folder):
    figures = run_of(LOSSES, macro_f1=LOSSES)
    spots = write_sweet_spots(folder, figures, plots=True)
    write_crossover(folder, Epochs(epoch_files(folder), figures, spots), ScriptedJudge(0.0), ScriptedStore(), seed=0)
    assert (folder.plots / "sweet_spots.png").read_bytes().startswith(b"\x89PNG")
    assert "plots/sweet_spots.png" in folder.sweet_spot_report.read_text(encoding="utf-8")
    assert json.loads(folder.sweet_spots.read_text())["spots"][EMOTION]["voters"] >= 3
    assert json.loads(folder.crossover_report.read_text())["candidates"][0]["strategy"] == "epoch"
    assert folder.crossover.exists()


def test_without_plots_no_picture_is_drawn_or_linked(folder):
    write_sweet_spots(folder, run_of(LOSSES), plots=False)
    assert not folder.plots.exists()
    assert "png" not in folder.sweet_spot_report.read_text(encoding="utf-8")


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_of_very_few_epochs_has_a_picture(folder, epochs):
    for epoch in range(epochs + 1, len(LOSSES) + 1):
        folder.epoch_file(epoch).unlink()
    write_sweet_spots(folder, run_of(LOSSES[:epochs], macro_f1=LOSSES[:epochs]), plots=True)
    assert (folder.plots / "sweet_spots.png").exists()
