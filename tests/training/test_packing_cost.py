"""What 8 bits cost is told figure by figure."""

import pytest

from redheart.training.dev_figures import DevFigures
from redheart.training.evaluation.result import SplitResult
from redheart.training.packing_cost import moved


def figures(**metrics: float | None) -> DevFigures:
    result = SplitResult(
        split="dev", n=10, metrics=metrics, baseline={}, ci95={}, rows_per_second=1.0, file="kote", languages=("ko",),
        fitted=None, notes=(), parts={},
    )  # fmt: skip
    return DevFigures(checkpoint_sha256="", results={"kote/kote": result})


def test_each_figure_is_held_against_the_one_of_the_weights_as_learned() -> None:
    packed, learned = figures(macro_f1=0.449, ece=0.02, accuracy=None), figures(macro_f1=0.45, ece=0.01, accuracy=None)
    assert moved(packed, learned) == {"kote/kote/macro_f1": pytest.approx(-0.001)}
