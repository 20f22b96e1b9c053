"""The red_heart phase: encodes the batch's sentences, runs the model, fills `readings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from redheart.blocking import run_blocking
from redheart.calculus.interventions.subset_design import SubsetDesign, SubsetSizes, design_for
from redheart.errors import RedHeartError
from redheart.nn.plan import TextPlan, plan_texts
from redheart.nn.surd import HEAD, HeadShares, SurdSource, head_shares, surd_reading
from redheart.phases.encoding import EncodedSentences, SizedEncoder, encode_sentences, encoding_work
from redheart.phases.relief import with_relief
from redheart.types.messages import Failure, Readings, TaskMessage
from redheart.types.readings import TextEmbedding
from redheart.types.residency import Grant, Residency
from redheart.types.situation import Language

if TYPE_CHECKING:
    from torch import Tensor

    from redheart.nn.checkpoint import CheckpointConfig
    from redheart.nn.interpret import Interpreter
    from redheart.nn.reader import RawText, Reader

#: Characters whose token vectors are kept at once; a longer batch walks in several rounds, so memory stays bounded.
ROUND_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class ReadingParts:
    """What the phase works with."""

    encoder: SizedEncoder
    reader: Reader
    interpreter: Interpreter
    config: CheckpointConfig
    subset_sizes: SubsetSizes
    batch_sentences: int
    model_modules: tuple[str, ...]


class RedHeartPhase:
    """hold(encoder) -> encode; hold(backbone, heads) -> read; then interpret, without weights."""

    name = "red_heart"

    def __init__(self, parts: ReadingParts, residency: Residency) -> None:
        self.parts, self.residency = parts, residency
        self._probed = False

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        """Fill `readings` of every task. Raises CheckpointError if the weights do not reproduce their probe."""
        if not self._probed:
            await self.check_probe()
        done: list[TaskMessage | Failure] = []
        for tasks in _rounds(batch):
            done.extend(await self._round(tasks))
        return done

    async def _round(self, tasks: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        sentences, plans = plan_texts([task.require_situation() for task in tasks], self.parts.subset_sizes)
        encoded = await self._encoded(sentences)
        work = self.parts.reader.work(encoded.tokens, plans, self.parts.batch_sentences, sentences)
        async with self.residency.hold(*self.parts.model_modules, work=work) as grant:
            pooled = await self._pooled(encoded, grant)
            whole = await with_relief(grant, lambda _: run_blocking(self.parts.reader.read, pooled, plans, sentences))
            raw = [await self._with_subsets(*each, pooled, sentences, grant) for each in zip(whole, plans, strict=True)]
        return [
            await run_blocking(self._filled, task, plan, raw_text, encoded)
            for task, plan, raw_text in zip(tasks, plans, raw, strict=True)
        ]

    async def _encoded(self, sentences: Sequence[str], exact: bool = False) -> EncodedSentences:
        encoder, batch = self.parts.encoder, self.parts.batch_sentences
        async with self.residency.hold("encoder", work=encoding_work(encoder, sentences, batch)) as grant:
            return await encode_sentences(encoder, sentences, grant, exact)

    async def _pooled(self, encoded: EncodedSentences, grant: Grant) -> Tensor:
        return await with_relief(grant, lambda items: run_blocking(self.parts.reader.pool, encoded.tokens, items))

    async def _with_subsets(
        self, raw: RawText, plan: TextPlan, pooled: Tensor, sentences: Sequence[str], grant: Grant
    ) -> RawText:
        design = self._design(plan)
        if design is None:
            return raw
        # Its share of memory is bounded whatever the batch: relief helps by what others give back.
        read, rows = self.parts.reader.read_subsets, design.rows
        return replace(
            raw, subsets=await with_relief(grant, lambda _: run_blocking(read, pooled, plan, sentences, rows))
        )

    def _design(self, plan: TextPlan) -> SubsetDesign | None:
        """The same for the same number of units."""
        return design_for(len(plan.units), self.parts.subset_sizes)

    def _filled(
        self, task: TaskMessage, plan: TextPlan, raw: RawText, encoded: EncodedSentences
    ) -> TaskMessage | Failure:
        try:
            return replace(task, readings=Readings(*self._readings(task, plan, raw, encoded)))
        except (RedHeartError, ValueError) as error:
            return Failure(phase=self.name, kind=type(error).__name__, reason=str(error))

    def _readings(self, task: TaskMessage, plan: TextPlan, raw: RawText, encoded: EncodedSentences) -> list[object]:
        situation, interpreter = task.require_situation(), self.parts.interpreter
        language = situation.language
        emotion = interpreter.emotion(raw, situation)
        source = SurdSource(
            plan, encoded.sentences, language, self._design(plan), raw.subsets, trajectory=emotion.trajectory
        )
        found: list[object] = [
            emotion,
            interpreter.utility(float(raw.whole["utility"][0]), language),
            interpreter.counterfactual(raw.whole),
            interpreter.options(raw.options, language),
            surd_reading(source, self._estimate(raw, language)),
            self._embedding(plan, encoded),
        ]
        by_some_checkpoints = (
            interpreter.appraisals(raw.whole),
            interpreter.violations(raw.whole),
            interpreter.justice(raw.whole),
            interpreter.factor_evidences(),
        )
        return [*found, *(reading for reading in by_some_checkpoints if reading is not None)]

    def _estimate(self, raw: RawText, language: Language) -> HeadShares | None:
        """What the SURD head says of the whole text; None where the checkpoint has none."""
        logits, errors = raw.whole.get(HEAD), self.parts.config.surd_errors or {}
        return None if logits is None else head_shares(logits, errors.get(language))

    def _embedding(self, plan: TextPlan, encoded: EncodedSentences) -> TextEmbedding:
        """The text's mean vector, centred on the corpus mean."""
        mean, encoder, config = encoded.mean_vector(plan), self.parts.encoder, self.parts.config
        return TextEmbedding(
            vector=tuple((mean - mean.new_tensor(config.embedding_mean)).tolist()),
            encoder=f"{encoder.name}@{encoder.revision}-{config.mean_digest()}",
            truncated=encoded.cut(plan),
        )

    async def check_probe(self) -> None:
        """Encode and read the checkpoint's probe in float32, once, before the first reading."""
        from redheart.nn.checkpoint import check_probe as compare

        probe = self.parts.config.probe
        encoded = await self._encoded(probe.texts, exact=True)
        work = self.parts.reader.work(encoded.tokens, (), self.parts.batch_sentences, probe.texts)
        async with self.residency.hold(*self.parts.model_modules, work=work) as grant:
            pooled = await self._pooled(encoded, grant)
            compare(probe.outputs, await run_blocking(self.parts.reader.probe, pooled, probe.texts))
        self._probed = True


def _rounds(batch: Sequence[TaskMessage]) -> list[list[TaskMessage]]:
    """The batch cut where its texts together pass the limit; a single longer text is a round of its own."""
    rounds: list[list[TaskMessage]] = [[]]
    characters = 0
    for task in batch:
        if rounds[-1] and characters + len(task.text) > ROUND_CHARACTERS:
            rounds.append([])
            characters = 0
        rounds[-1].append(task)
        characters += len(task.text)
    return rounds
