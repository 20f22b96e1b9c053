"""Runs the model over planned documents: token vectors in, raw outputs as NumPy out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.nn.model import CompactModel
from redheart.nn.plan import TextPlan
from redheart.nn.subset_reader import SubsetReader
from redheart.nn.wide_reader import WideReader
from redheart.types.residency import Work

Raw = dict[str, np.ndarray]  # head -> (documents, outputs), before any squashing

#: Numbers gathered at once, at most (4 MiB in float32), unless one head of one long document needs more.
GATHERED = 2**20
#: Numbers that reading one gathered number takes: itself, turned; behind the null token, which doubles a document of
#: one sentence: joined, normalised, keys, values; of what asks: queries, the feed-forward block's halves.
READING = 20
_FLOAT = 4


@dataclass(frozen=True, slots=True)
class RawText:
    """Raw outputs of one text: the whole, each sentence alone, the text with each option, some of them over subsets."""

    whole: Raw
    sentences: Raw
    options: Raw
    subsets: dict[str, np.ndarray] | None  # target -> (M,), a value a row that was asked for; None where none was


class Reader:
    """A model whose weights are resident; callers hold its modules while they read."""

    def __init__(self, model: CompactModel) -> None:
        self.model = model
        self.heads = tuple(model.heads)
        self.over_subsets = SubsetReader(model)
        self._wide = WideReader(model)

    def work(self, tokens: Sequence[Tensor], plans: Sequence[TextPlan], batch: int, sentences: Sequence[str]) -> Work:
        """Memory to pool `batch` sentences at once, each as long as the longest, and then to read all plans.

        A token has three vectors of the encoder's size (padded, standardised, dropped out), a key, a value, and two
        scores for each query and attention head; a sentence has two vectors for each query. All sentences' stay.
        """
        a, queries = self.model.architecture, sum(self.model.head(head).query_count for head in self.heads)
        longest = max(map(len, tokens), default=0)
        branches = max(1, len(self.model.branches))
        token = (2 + branches) * a.encoder_dim + 2 * a.width + 2 * a.attention_heads * queries
        stay = sum(map(len, tokens)) * branches * a.encoder_dim + len(tokens) * queries * a.width
        read = self._gathered(plans, queries) if plans else len(tokens) * queries * a.width
        return Work(
            fixed=_FLOAT * (stay + READING * read) + self._wide.work(sum(map(len, sentences))),
            each=_FLOAT * (longest * token + 2 * queries * a.width),
            items=max(1, min(batch, len(tokens))),
        )

    def _gathered(self, plans: Sequence[TextPlan], queries: int) -> int:
        """Most numbers gathered at once: for documents of several texts, or for the subsets of one."""
        width = self.model.architecture.width
        documents = [len(document) for plan in plans for document in plan.documents()]
        alone = max(1, *documents) * max(self.model.head(head).query_count for head in self.heads) * width
        together = min(GATHERED, sum(documents) * queries * width)
        return max(alone, together, *(self._gathered_of_subsets(plan) for plan in plans))

    def _gathered_of_subsets(self, plan: TextPlan) -> int:
        kept, each = self.over_subsets.numbers(len(plan.units), plan.subsets)
        return max(kept + each, min(GATHERED, kept + each * plan.subsets))

    @torch.inference_mode()
    def pool(self, tokens: Sequence[Tensor], batch: int) -> Tensor:
        """S token matrices (T_s, D) -> (S, Q, d), in chunks of `batch` sentences."""
        device = next(self.model.trunk.parameters()).device
        parts = []
        for at in range(0, len(tokens), batch):
            chunk = list(tokens[at : at + batch])
            padded = torch.nn.utils.rnn.pad_sequence(chunk, batch_first=True)
            lengths = torch.tensor([len(row) for row in chunk])
            mask = torch.arange(padded.shape[1]) < lengths[:, None]
            parts.append(self.model.pool(padded.to(device), mask.to(device), self.heads))
        return torch.cat(parts)

    def read(self, pooled: Tensor, plans: Sequence[TextPlan], sentences: Sequence[str]) -> list[RawText]:
        """pooled (S, Q, d) of the batch's S sentences -> what is read of each text, all texts' documents together."""
        documents = [document for plan in plans for document in plan.documents()]
        values = self._wide.added(self._outputs(pooled, documents, self.heads), sentences, documents)
        ends = np.cumsum([len(plan.documents()) for plan in plans])[:-1]
        split = {head: np.split(of_all, ends) for head, of_all in values.items()}
        return [_raw_text(plan, {head: parts[i] for head, parts in split.items()}) for i, plan in enumerate(plans)]

    def read_subsets(
        self, pooled: Tensor, plan: TextPlan, sentences: Sequence[str], subsets: np.ndarray
    ) -> dict[str, np.ndarray]:
        """subsets (M, n) bool over the plan's units -> target -> (M,)."""
        kept, each = self.over_subsets.numbers(len(plan.units), len(subsets))
        deep = self.over_subsets.read(pooled, plan.units, subsets, max(each, GATHERED - kept))
        units = [sentences[unit] for unit in plan.units]
        return self._wide.added_to_subsets(deep, self.over_subsets.targets, units, subsets)

    def probe(self, pooled: Tensor, sentences: Sequence[str]) -> Raw:
        """Raw outputs of each sentence as a document of its own."""
        alone = [(sentence,) for sentence in range(len(pooled))]
        return self._wide.added(self._outputs(pooled, alone, self.heads), sentences, alone)

    def _queries(self, head: str) -> slice:
        """Where a head's queries lie among those of all heads."""
        at = sum(self.model.head(before).query_count for before in self.heads[: self.heads.index(head)])
        return slice(at, at + self.model.head(head).query_count)

    def _outputs(self, pooled: Tensor, documents: Sequence[Sequence[int]], heads: tuple[str, ...]) -> Raw:
        """Raw outputs (documents, outputs) by head, read in chunks that hold the memory bounded."""
        chunks = list(_chunks([len(document) for document in documents], GATHERED // pooled[0].numel()))
        parts = [self._chunk(pooled, [documents[i] for i in chunk], heads) for chunk in chunks]
        back = np.argsort(np.concatenate(chunks))
        return {head: np.concatenate([part[head] for part in parts])[back] for head in heads}

    def _chunk(self, pooled: Tensor, documents: Sequence[Sequence[int]], heads: tuple[str, ...]) -> Raw:
        """All heads at once, or one after another where a single document is too long for that."""
        if len(heads) == 1 or max(map(len, documents)) * pooled[0].numel() <= GATHERED:
            return self._read(pooled, documents, heads)
        alone = {head: self._read(pooled[:, self._queries(head)], documents, (head,)) for head in heads}
        return {head: raw[head] for head, raw in alone.items()}

    @torch.inference_mode()
    def _read(self, pooled: Tensor, documents: Sequence[Sequence[int]], heads: tuple[str, ...]) -> Raw:
        raw = self.model.read(pooled, _index(documents).to(pooled.device), heads)
        return {head: values.double().cpu().numpy() for head, values in raw.items()}


def _index(documents: Sequence[Sequence[int]]) -> Tensor:
    """(B, L) sentence indices, padded with -1."""
    longest = max(1, *map(len, documents))
    index = torch.full((len(documents), longest), -1)
    for row, document in enumerate(documents):
        index[row, : len(document)] = torch.tensor(document, dtype=torch.long)
    return index


def _chunks(lengths: Sequence[int], limit: int) -> Iterator[list[int]]:
    """Places of documents that are read at once: of like lengths, no more than `limit` sentences when padded."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    chunk: list[int] = []
    for place in order:
        longest = max(1, lengths[place])
        if chunk and (longest > 2 * max(1, lengths[chunk[0]]) or (len(chunk) + 1) * longest > limit):
            yield chunk
            chunk = []
        chunk.append(place)
    if chunk:
        yield chunk


def _raw_text(plan: TextPlan, raw: Raw) -> RawText:
    """Outputs of a plan's documents, in their order."""
    alone = plan.alone()
    sentences = {head: values[1 : 1 + len(alone)] for head, values in raw.items()}
    return RawText(
        whole={head: values[0] for head, values in raw.items()},
        sentences=sentences if alone else {head: values[:1] for head, values in raw.items()},
        options={head: values[1 + len(alone) :] for head, values in raw.items()},
        subsets=None,
    )
