"""The same model as people run it with transformers: a text at a time, and then the same trunk and heads."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import pipeline

from redheart.benchmarks.inference.bert import EMBEDDING, bert_model, bert_tokenizer, stem_layers, upper_layers
from redheart.benchmarks.inference.contender import VECTOR, Read, stacked
from redheart.benchmarks.inference.loaded import LoadedWeights
from redheart.encoders.bundled import PREFIX
from redheart.nn.wide_reader import WideReader
from redheart.types.messages import TaskMessage


class Plain(ABC):
    """Reads text by text; how a text's tokens come about, the two below know."""

    def __init__(self, weights: LoadedWeights) -> None:
        self.model, self.heads = weights.model, tuple(weights.model.heads)
        self.branches = weights.encoder.branches
        self._wide = WideReader(weights.model)
        self._centre = torch.tensor(weights.config.embedding_mean)

    @abstractmethod
    def tokens(self, text: str) -> dict[str, Tensor]:
        """Branch -> (1, T, D), EMBEDDING among them."""

    def read(self, tasks: Sequence[TaskMessage]) -> Read:
        """One after another."""
        begun = time.perf_counter()
        rows = [self._one(task.text) for task in tasks]
        seconds = time.perf_counter() - begun
        return Read(seconds, stacked(rows))

    @torch.inference_mode()
    def _one(self, text: str) -> dict[str, np.ndarray]:
        """Raw outputs of one text, which is one sentence."""
        tokens = self.tokens(text)
        vector = tokens[EMBEDDING].mean(1)[0]  # (1, T, D) -> (D,)
        read = torch.cat([tokens[branch] for branch in self.branches or (EMBEDDING,)], dim=-1)
        mask = torch.ones(read.shape[:2], dtype=torch.bool)
        pooled = self.model.pool(read, mask, self.heads)  # (1, T, B * D) -> (1, Q, d)
        raw = self.model.read(pooled, torch.zeros(1, 1, dtype=torch.long), self.heads)
        deep = {head: values.double().numpy() for head, values in raw.items()}
        said = {head: values[0] for head, values in self._wide.added(deep, [text], [(0,)]).items()}
        return {**said, VECTOR: (vector / vector.norm() - self._centre).numpy()}


class Pipelines(Plain):
    """transformers' own pipeline, one for the pre-trained encoder and one for every branch, each a whole BERT."""

    def __init__(self, weights: LoadedWeights) -> None:
        super().__init__(weights)
        facts, tokenizer = weights.encoder.facts, bert_tokenizer(weights.encoder)
        self._pipelines = {
            branch: pipeline(
                "feature-extraction",
                model=bert_model(facts, weights.state, stem_layers(facts) + upper_layers(facts, branch)),
                tokenizer=tokenizer,
                device="cpu",
            )
            for branch in (EMBEDDING, *self.branches)
        }

    def tokens(self, text: str) -> dict[str, Tensor]:
        """Each from the text."""
        return {
            branch: extract(PREFIX + text, return_tensors=True, truncation=True)
            for branch, extract in self._pipelines.items()
        }


class SharedStem(Plain):
    """As lean as it can be written by hand: no pipeline, tokenised once, the lower layers of BERT run once."""

    def __init__(self, weights: LoadedWeights) -> None:
        super().__init__(weights)
        facts = weights.encoder.facts
        self._tokenizer = bert_tokenizer(weights.encoder)
        self._stem = bert_model(facts, weights.state, stem_layers(facts))
        self._upper = {
            branch: bert_model(facts, weights.state, upper_layers(facts, branch)).encoder
            for branch in (EMBEDDING, *self.branches)
        }

    def tokens(self, text: str) -> dict[str, Tensor]:
        """All from the same lower layers."""
        given = self._tokenizer(PREFIX + text, return_tensors="pt", truncation=True)
        stem = self._stem(given["input_ids"]).last_hidden_state
        return {branch: layers(stem).last_hidden_state for branch, layers in self._upper.items()}
