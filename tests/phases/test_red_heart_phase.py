import torch

from redheart.nn.plan import TextPlan
from redheart.phases.encoding import encode_sentences
from redheart.types.encoding import Encoded


class LetterEncoder:
    """A token a letter, its code in both dimensions; a window of four letters."""

    name, revision, dim = "letters", "1", 2

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode(self, sentences: list[str], exact: bool = False) -> Encoded:
        self.asked.append(list(sentences))
        rows = [torch.tensor([[float(ord(c))] * 2 for c in s[:4]]) for s in sentences]
        tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        mask = torch.arange(tokens.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
        pooled = torch.stack([row.mean(0) for row in rows])
        return Encoded(tokens, mask, pooled, tuple(i for i, s in enumerate(sentences) if len(s) > 4))


async def test_sentences_are_encoded_in_chunks_by_length_and_come_back_in_order() -> None:
    encoder = LetterEncoder()
    encoded = await encode_sentences(encoder, ["ccc", "a", "bb"], chunk=2)
    assert encoder.asked == [["a", "bb"], ["ccc"]]
    assert [len(tokens) for tokens in encoded.tokens] == [3, 1, 2]
    assert [vector[0].item() for vector in encoded.vectors] == [ord("c"), ord("a"), ord("b")]


async def test_what_the_window_cut_is_named_as_sentence_or_option_of_its_own_text() -> None:
    encoded = await encode_sentences(LetterEncoder(), ["short", "a", "b", "much longer"], chunk=2)
    first = TextPlan((1, 0), ((1, 0, 2), (1, 0, 3)), (1, 0), (), "sentence")
    second = TextPlan((1, 2), (), (1, 2), (), "sentence")
    assert encoded.cut(first) == ("sentences[1]", "options[1]")
    assert encoded.cut(second) == ()


async def test_the_mean_vector_weighs_every_sentence_alike_whatever_its_norm() -> None:
    encoded = await encode_sentences(LetterEncoder(), ["a", "z"], chunk=2)
    mean = encoded.mean_vector(TextPlan((0, 1), (), (0, 1), (), "sentence"))
    assert torch.allclose(mean, torch.full((2,), 0.5**0.5))
