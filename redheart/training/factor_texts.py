"""Texts -> the ten factors as the circuit computes them, by whichever route is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from redheart.circuit.evidence import Evidence, evidence_of_text
from redheart.circuit.factors import bentham_factors
from redheart.config.schema import InputSection
from redheart.nn.interpret import Interpreter
from redheart.nn.reader import Raw, RawText
from redheart.situation.parse import parse_situation
from redheart.training.evaluation.reads import Document, Reads
from redheart.types.messages import Readings
from redheart.types.readings import Factor
from redheart.types.situation import Language, Situation

ALWAYS: Final = ("emotion", "kote", "polarity", "dimensions", "utility")
IF_THERE: Final = ("appraisal", "violations", "justice")
#: What the other routes of a factor are computed from: without it, the stated table is what is left.
OTHER_ROUTES: Final[Mapping[str, str]] = {
    "intensity": "appraisals", "duration": "appraisals", "certainty": "appraisals", "propinquity": "appraisals",
    "self_damage": "appraisals", "external_cost": "violations", "redistribution": "justice", "fecundity": "course",
    "purity": "course",
}  # fmt: skip
LANGUAGE: Final[Language] = "en"  # of every set that labels a factor


@dataclass(frozen=True, slots=True)
class FactorTexts:
    """Reads texts with one checkpoint."""

    reads: Reads
    interpreter: Interpreter

    def evidence(self, texts: Sequence[str]) -> list[Evidence]:
        """What is known of each text before it is weighed. Raises CheckpointError for a head that all need."""
        situations = [parse_situation(text, LANGUAGE, (), InputSection().max_options) for text in texts]
        parts = [_documents(situation) for situation in situations]
        heads = [*ALWAYS, *(head for head in IF_THERE if head in self.reads.heads)]
        raw = self.reads.raw([document for documents in parts for document in documents], heads)
        ends = np.cumsum([0, *map(len, parts)])
        return [
            self._evidence(situation, {head: values[begin:end] for head, values in raw.items()})
            for situation, begin, end in zip(situations, ends[:-1], ends[1:], strict=True)
        ]

    def _evidence(self, situation: Situation, raw: Raw) -> Evidence:
        """raw (1 + sentences, outputs) by head: the whole, then each sentence alone."""
        whole = {head: values[0] for head, values in raw.items()}
        alone = {head: values[1:] for head, values in raw.items()}
        read, none = self.interpreter, {head: values[:0] for head, values in raw.items()}
        found: list[object] = [
            read.emotion(RawText(whole, alone, none, None), situation),
            read.utility(float(whole["utility"][0]), situation.language),
        ]
        optional = (read.appraisals(whole), read.violations(whole), read.justice(whole))
        return evidence_of_text(situation, Readings(*found, *(each for each in optional if each is not None)))


def factor_by(route: str, name: str, evidence: Evidence) -> Factor | None:
    """The factor as that route computes it; None where the text, or the checkpoint, gives that route nothing."""
    factor = bentham_factors(_through(route, name, evidence))[name]
    return factor if factor.route == route else None


def _through(route: str, name: str, evidence: Evidence) -> Evidence:
    """Without what the circuit would rather use."""
    if name == "propinquity" and route != "time_words":
        evidence = replace(evidence, situation=evidence.situation.model_copy(update={"urgency": None}))
    if route != "table":
        return evidence
    dropped = OTHER_ROUTES[name]
    return replace(evidence, course=()) if dropped == "course" else replace(evidence, **{dropped: None})  # type: ignore[arg-type]


def _documents(situation: Situation) -> list[Document]:
    """The whole, then its sentences; they share what is encoded."""
    passages = tuple((sentence.text,) for sentence in situation.sentences)
    return [Document(each, situation.language) for each in (passages, *((passage,) for passage in passages))]
