"""Who reads what: a part computes the documents that teach it, and learns the same."""

import numpy as np
import torch

from redheart.nn.network.chosen import chosen_of
from redheart.training.run.learner import Learner
from redheart.training.run.readers import Readers, known_documents
from tests.training.run.small import dataset, learner

#: None of a part that routes documents: those are balanced among those that are read.
TAUGHT = ("polarity", "dimensions", "utility")
TARGETS = {"analyzer.emotion": ("polarity", "dimensions"), "auxiliary.utility": ("utility",), "head.surd": ("surd",)}


def unrouted() -> Learner:
    return learner(dataset(targets=TAUGHT), targets=TAUGHT)


def reading_everything() -> Learner:
    """One whose parts read all documents whatever is known of them."""
    of = unrouted()
    of._readers.of = lambda batch: dict.fromkeys(  # type: ignore[method-assign]
        of.network.parts(), chosen_of(batch.documents, np.arange(batch.documents.documents))
    )
    of._readers.counts = lambda documents: dict.fromkeys(of.network.parts(), len(documents))  # type: ignore[method-assign]
    return of


def gradients(of: Learner) -> dict[str, torch.Tensor]:
    of.network.eval()  # without dropout, whose draws depend on how many rows there are
    of.clip = 1e9
    of.step(1, [np.arange(48)], 0.0)
    return {name: p.grad.clone() for name, p in of.network.named_parameters() if p.grad is not None}


def test_a_part_reads_documents_of_which_one_of_its_targets_is_known_and_both_of_a_pair() -> None:
    data = dataset(6)  # samples 2 and 5 are pairs: documents 2, 3, 6, 7
    data.targets["polarity"][1] = torch.nan
    data.targets["dimensions"][[0, 1]] = torch.nan
    batch = data.batch(np.arange(6))
    read = {part: batch.numbers[chosen.documents] for part, chosen in Readers(data, TARGETS).of(batch).items()}
    assert {part: sorted(numbers.tolist()) for part, numbers in read.items()} == {
        "analyzer.emotion": [0, 4, 5],
        "auxiliary.utility": [2, 3, 6, 7],
    }


def test_a_part_that_a_batch_teaches_nothing_reads_nothing() -> None:
    data = dataset(6)
    assert list(Readers(data, TARGETS).of(data.batch(np.array([2])))) == ["auxiliary.utility"]


def test_what_is_not_read_would_not_have_taught_anything() -> None:
    some, everything = gradients(unrouted()), gradients(reading_everything())
    assert set(some) == set(everything)
    for name, gradient in some.items():
        torch.testing.assert_close(gradient, everything[name], rtol=1e-2, atol=2e-5, msg=name)


def test_a_document_is_known_where_any_output_of_a_target_is() -> None:
    data = dataset(3)
    data.targets["emotion"][0, 1:] = torch.nan
    data.targets["emotion"][1] = torch.nan
    assert known_documents(data)["emotion"].tolist() == [True, False, False, False]
