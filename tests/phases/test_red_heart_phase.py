from types import SimpleNamespace

import pytest
import torch

from redheart.errors import OutOfMemoryError
from redheart.nn.plan import TextPlan
from redheart.phases.encoding import encode_sentences, encoding_work
from redheart.types.encoding import Encoded
from tests.phases.grants import FakeGrant


class LetterEncoder:
    """A token a letter, its code in both dimensions; a window of four letters."""

    name, revision, dim = "letters", "1", 2
    branches: tuple[str, ...] = ()

    def __init__(self, room: int = 64, lack: Exception | None = None) -> None:
        """More than `room` sentences at once raise `lack`."""
        self.asked: list[list[str]] = []
        self.room, self.lack = room, lack
        self.module = SimpleNamespace(
            config=SimpleNamespace(hidden_size=2, intermediate_size=8, max_position_embeddings=16)
        )

    def encode(self, sentences: list[str], exact: bool = False) -> Encoded:
        self.asked.append(list(sentences))
        if self.lack is not None and len(sentences) > self.room:
            raise self.lack
        rows = [torch.tensor([[float(ord(c))] * 2 for c in s[:4]]) for s in sentences]
        tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        mask = torch.arange(tokens.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
        pooled = torch.stack([row.mean(0) for row in rows])
        return Encoded(tokens, mask, pooled, tuple(i for i, s in enumerate(sentences) if len(s) > 4))


async def test_sentences_are_encoded_in_chunks_by_length_and_come_back_in_order() -> None:
    encoder = LetterEncoder()
    encoded = await encode_sentences(encoder, ["ccc", "a", "bb"], FakeGrant(2))
    assert encoder.asked == [["a", "bb"], ["ccc"]]
    assert [len(tokens) for tokens in encoded.tokens] == [3, 1, 2]
    assert [vector[0].item() for vector in encoded.vectors] == [ord("c"), ord("a"), ord("b")]


async def test_what_the_window_cut_is_named_as_sentence_or_option_of_its_own_text() -> None:
    encoded = await encode_sentences(LetterEncoder(), ["short", "a", "b", "much longer"], FakeGrant(2))
    first = TextPlan((1, 0), ((1, 0, 2), (1, 0, 3)), (1, 0), "sentence", 0)
    second = TextPlan((1, 2), (), (1, 2), "sentence", 0)
    assert encoded.cut(first) == ("sentences[1]", "options[1]")
    assert encoded.cut(second) == ()


async def test_the_mean_vector_weighs_every_sentence_alike_whatever_its_norm() -> None:
    encoded = await encode_sentences(LetterEncoder(), ["a", "z"], FakeGrant(2))
    mean = encoded.mean_vector(TextPlan((0, 1), (), (0, 1), "sentence", 0))
    assert torch.allclose(mean, torch.full((2,), 0.5**0.5))


@pytest.mark.parametrize(
    "lack",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
async def test_out_of_memory_is_relieved_and_changes_no_vector(lack: Exception) -> None:
    sentences = ["dddd", "a", "bb", "ccc", "ee"]
    expected = await encode_sentences(LetterEncoder(), sentences, FakeGrant(4))
    grant, encoder = FakeGrant(4), LetterEncoder(room=1, lack=lack)
    encoded = await encode_sentences(encoder, sentences, grant)
    assert grant.relieved == [lack, lack] and [len(asked) for asked in encoder.asked] == [4, 2, 1, 1, 1, 1, 1]
    assert all(torch.equal(one, other) for one, other in zip(encoded.tokens, expected.tokens, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(encoded.vectors, expected.vectors, strict=True))


async def test_one_sentence_that_does_not_fit_after_every_relief_is_refused() -> None:
    with pytest.raises(OutOfMemoryError, match="every rung"):
        await encode_sentences(LetterEncoder(room=0, lack=MemoryError()), ["a"], FakeGrant(2))


async def test_another_error_of_the_encoder_is_no_lack_of_memory() -> None:
    grant = FakeGrant(4)
    with pytest.raises(RuntimeError, match="shapes"):
        await encode_sentences(LetterEncoder(room=0, lack=RuntimeError("shapes do not fit")), ["a"], grant)
    assert grant.relieved == []


def test_working_memory_grows_with_the_longest_sentence_up_to_the_window_and_with_no_more_than_there_are() -> None:
    short = encoding_work(LetterEncoder(), ["a", "bb"], 64)
    long, longer = (encoding_work(LetterEncoder(), ["a", "b" * letters], 64) for letters in (8, 800))
    assert short.items == 2 and encoding_work(LetterEncoder(), ["a"] * 9, 4).items == 4
    assert short.each < long.each == longer.each and short.fixed < long.fixed == longer.fixed
