"""The kinds of question, a file each: a table of contents."""

from redheart.training.evaluation.kinds.base import Answers, Judge, Reading, Stated
from redheart.training.evaluation.kinds.binary import BinaryJudge
from redheart.training.evaluation.kinds.choice import ChoiceJudge
from redheart.training.evaluation.kinds.classes import ClassJudge
from redheart.training.evaluation.kinds.labels import LabelsJudge
from redheart.training.evaluation.kinds.pair import PairJudge
from redheart.training.evaluation.kinds.scores import ScoresJudge

__all__ = ["JUDGES", "Answers", "Judge", "Reading", "Stated"]

JUDGES: dict[str, type[Judge]] = {
    "labels": LabelsJudge,
    "class": ClassJudge,
    "binary": BinaryJudge,
    "pair": PairJudge,
    "choice": ChoiceJudge,
    "scores": ScoresJudge,
}
