"""Every data set of the recipe with a few rows of random words and random labels."""

import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.heads.violations import VIOLATIONS
from redheart.training.finetune.tasks import OUTSIDE_TASKS, OWN_TASKS, TASKS
from redheart.types.emotions import EMOTIONS, KOTE

WORDS = {
    "en": "I she they lost found kept gave the money dog letter friend and was glad sorry afraid today".split(),
    "ko": "나는 그는 친구가 돈을 편지를 어제 오늘 잃었다 찾았다 미안했다 기뻤다 무서웠다 그리고".split(),
}
TRAIN, DEV = 6, 30


def write_sets(folder: Path) -> Path:
    """`<folder>/<name>/<name>.jsonl.gz` of every set."""
    tasks = (*TASKS, *OWN_TASKS, *OUTSIDE_TASKS)
    for name in [*(task.name for task in tasks), *(task.twin for task in tasks if task.twin)]:
        (folder / name).mkdir(parents=True)
        random = Random(name)
        with gzip.open(folder / name / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            for at in range(TRAIN + DEV):
                fields = _row(name, random) | {"id": str(at), "split": "train" if at < TRAIN else "dev"}
                lines.write(json.dumps(fields, ensure_ascii=False) + "\n")
    return folder


def _row(name: str, random: Random) -> dict[str, Any]:
    language = "ko" if name in ("goemotions_ko", "kote", "nsmc") else "en"
    first, second, third = (" ".join(random.choices(WORDS[language], k=6)) + "." for _ in range(3))
    row: dict[str, Any] = {"text": first, "lang": language, "labels": [random.choice(_labels(name))]}
    if name.startswith(("ethics_util", "ethics_deon", "ethics_virt", "scruples")):
        row["text_b"] = second
    if name in ("ecare", "copa_sse"):
        row |= {"choices": [second, third], "meta": {"ask": random.choice(["cause", "effect"])}}
    if name == "moralchoice":
        broken = [[rule for rule in VIOLATIONS if random.random() < 0.3] for _ in range(2)]
        row |= {"choices": [second, third], "meta": {"violations": broken}}
    if name == "emobank":
        row["scores"] = {key: random.uniform(1, 5) for key in "VAD"}
    if name == "crowd_envent":
        row["scores"] = {key: random.randint(1, 5) for key in SCORES}
        row["meta"] = {"event_duration": random.choice(DURATIONS)}
    return row


def _labels(name: str) -> tuple[str, ...]:
    known: dict[str, tuple[str, ...]] = {
        "goemotions_en": EMOTIONS, "goemotions_ko": EMOTIONS, "kote": KOTE, "nsmc": ("positive", "negative"),
        "ethics_justice": ("reasonable", "unreasonable"), "ethics_deontology": ("reasonable", "unreasonable"),
        "ethics_virtue": ("exemplified", "not_exemplified"), "ecare": ("0", "1"), "copa_sse": ("0", "1"),
        "crowd_envent": EVENT_EMOTIONS, "semeval_cfd": ("counterfactual", "not_counterfactual"),
        "amcd_en": ("counterfactual", "not_counterfactual"),
        "scruples_dilemmas": ("text_less_ethical", "text_b_less_ethical"),
    }  # fmt: skip
    return known.get(name, ("any",))
