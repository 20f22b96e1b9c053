"""Situations -> which sentences to encode, and which documents to read from them. Pure bookkeeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redheart.calculus.interventions.subset_design import SubsetSizes
from redheart.types.situation import Situation


@dataclass(frozen=True, slots=True)
class TextPlan:
    """One text, as indices into the batch's list of distinct sentences."""

    sentences: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]  # one document an option: the text's sentences, then the option's own
    units: tuple[int, ...]  # sentences, or the clauses of the only sentence
    unit_kind: str  # 'sentence' or 'clause'
    subsets: int  # how many subsets of the units are read; 0 where there are too few units, or too many

    def documents(self) -> list[tuple[int, ...]]:
        """What is read: the whole, each sentence alone, the text with each option."""
        return [self.sentences, *self.alone(), *self.options]

    def alone(self) -> list[tuple[int, ...]]:
        """The sentences one by one; none where the whole is one sentence."""
        return [] if len(self.sentences) == 1 else [(sentence,) for sentence in self.sentences]


class SentenceTable:
    """Distinct sentences of a batch, each encoded once."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, sentence: str) -> int:
        """Index of a sentence, adding it if new."""
        if sentence not in self._places:
            self._places[sentence] = len(self.sentences)
            self.sentences.append(sentence)
        return self._places[sentence]


def plan_texts(situations: Sequence[Situation], sizes: SubsetSizes) -> tuple[list[str], list[TextPlan]]:
    """The distinct sentences of all situations, and one plan a situation."""
    table = SentenceTable()
    plans = [_plan(situation, table, sizes) for situation in situations]
    return table.sentences, plans


def _plan(situation: Situation, table: SentenceTable, sizes: SubsetSizes) -> TextPlan:
    sentences = tuple(table.place(sentence.text) for sentence in situation.sentences)
    options = tuple((*sentences, table.place(option.text)) for option in situation.options)
    clauses = tuple(table.place(clause.text) for clause in situation.clauses)
    by_clause = len(sentences) == 1 and len(clauses) > 1
    units = clauses if by_clause else sentences
    unit_kind = "clause" if by_clause else "sentence"
    return TextPlan(sentences, options, units, unit_kind, sizes.rows_of(len(units)))
