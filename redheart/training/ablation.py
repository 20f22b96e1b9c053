"""What each idea gave: dev figures of a run's checkpoint beside those of the same without one of them.

    REDHEART_DATA=<folders> python -m redheart.training.ablation --run runs/compact --before OLD --out FILE

`--before` is the `dev_figures.json` of a checkpoint to begin with, such as one whose encoder did not learn.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from redheart.config.load import load_settings
from redheart.errors import InputError, RedHeartError
from redheart.training.card.table import figure
from redheart.training.dev_figures import DevFigures, dev_figures, known_figures
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.model_reads import ModelReads
from redheart.training.variants import Change, Variant, with_last_weights, without_words
from redheart.training.whole_file import write_whole

#: Columns of the table: task, data set, metric -> head of the column.
SHOWN: Final = {
    ("goemotions/goemotions_en", "macro_f1"): "GoEmotions en",
    ("goemotions/goemotions_ko", "macro_f1"): "GoEmotions ko",
    ("kote/kote", "macro_f1"): "KOTE",
    ("emobank/emobank", "r_valence"): "EmoBank V",
    ("ethics_utilitarianism/ethics_utilitarianism", "accuracy"): "utility",
    ("ethics_justice/ethics_justice", "accuracy"): "justice",
    ("ethics_deontology/ethics_deontology", "accuracy"): "deontology",
    ("nsmc/nsmc", "accuracy"): "NSMC",
    ("semeval_cfd/semeval_cfd", "f1"): "counterfactual",
    ("crowd_envent/crowd_envent", "macro_f1"): "crowd-enVENT",
    ("ecare/ecare", "accuracy"): "e-CARE",
}
ABOUT: Final = (
    "The first row is the checkpoint that was shipped before: the same label queries over tokens of the encoder as it "
    "was pre-trained. The others are of this run: fine-tuned, with the weights of the last step; with their "
    "exponential average; and with the wide parts that dev kept, which is what is shipped. The ideas inside the "
    "fine-tuning (gradients divided by their own norms, consistency of the two languages, joined and thinned "
    "documents) were not taken out one by one: each would cost a run."
)


def row_of(name: str, figures: DevFigures) -> list[str]:
    """One line of the table; empty where a task has no figure."""
    cells = []
    for task, metric in SHOWN:
        result = figures.results.get(task)
        cells.append(figure(None if result is None else result.metrics.get(metric)))
    return [name, *cells]


def told(rows: Mapping[str, DevFigures]) -> dict[str, object]:
    """What the card shows."""
    return {
        "head": ["", *SHOWN.values()],
        "rows": [row_of(name, each) for name, each in rows.items()],
        "about": ABOUT,
    }


def _bare_last_weights(run: Path) -> Change:
    def change(reads: ModelReads) -> None:
        without_words(reads)
        with_last_weights(run)(reads)

    return change


def _before(path: Path) -> DevFigures:
    try:
        return DevFigures.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"'{path}' holds no dev figures ({error}). Make them: redheart.training.dev_figures"
        ) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code; 2 for what the user can mend."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        settings, folder = load_settings(None, (), None, {}), given.run / "checkpoint"
        rows = {
            "encoder frozen": _before(given.before),
            "fine-tuned, last step": dev_figures(Variant(folder, settings, _bare_last_weights(given.run))),
            "averaged": dev_figures(Variant(folder, settings, without_words)),
            "with words": known_figures(CheckpointReads(folder, settings)),
        }
        write_whole(given.out, (json.dumps(told(rows), indent=1, ensure_ascii=False) + "\n").encode())
    except RedHeartError as error:
        print(f"ablation: {error}", file=sys.stderr)
        return error.exit_code
    for name, figures in rows.items():
        print(row_of(name, figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
