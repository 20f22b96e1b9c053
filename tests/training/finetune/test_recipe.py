"""The recipe of the shipped model as a file."""

from pathlib import Path

import pytest

from redheart.errors import ConfigError
from redheart.training.finetune.recipe import load_recipe
from redheart.training.finetune.tasks import OUTSIDE_TASKS, OWN_TASKS, TASKS


def test_the_bundled_recipe_gives_every_task_its_share() -> None:
    recipe = load_recipe()
    for stage, tasks in ((recipe.reading, TASKS), (recipe.own, OWN_TASKS), (recipe.outside, OUTSIDE_TASKS)):
        assert set(stage.tasks) == {task.name for task in tasks}
        assert sum(share.share for share in stage.tasks.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reading: {steps: 0, tasks: {}}", "reading.steps"),
        ("readin: {}", "unknown key"),
        ("reading: [", "is not YAML"),
        ("reading: {steps: 5, tasks: {nsmc: {share: nan, rows: 4}}}", "nsmc.share"),
    ],
)
def test_a_wrong_recipe_is_refused_by_its_key(text: str, said: str, tmp_path: Path) -> None:
    whole = (Path(__file__).parents[3] / "configs" / "train" / "compact.yaml").read_text()
    path = tmp_path / "recipe.yaml"
    path.write_text(text if "[" in text or "readin:" not in text else whole + text)
    with pytest.raises(ConfigError, match=said):
        load_recipe(path)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml' cannot be read"):
        load_recipe(tmp_path / "none.yaml")
