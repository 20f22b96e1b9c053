"""Each part is what its name says, and has no weight that its targets do not teach."""

import math
from itertools import combinations, permutations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss, softplus

from redheart.nn.network.analyzers.regret import RegretAnalyzer
from redheart.nn.network.analyzers.surd import Influence
from redheart.nn.network.auxiliaries.dsp import FilterBank
from redheart.nn.network.auxiliaries.kalman import Belief, Filter, KalmanAuxiliary, updated
from redheart.nn.network.heads.bentham import BenthamHead, extreme_weights
from redheart.nn.network.heads.regret import RegretHead
from redheart.nn.network.heads.surd import SurdHead, sum_least, sum_product
from redheart.nn.network.layers import Shape
from redheart.nn.network.layout import Bucket, layout_of
from redheart.nn.network.network import PARTS
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features, Part
from redheart.nn.network.sizes import Frozen, LatentSizes
from redheart.nn.network.targets import TARGETS
from tests.nn.network.documents import packed, preset, texts

SHAPE = Shape(width=32, attention_heads=4, dropout=0.0)
LENGTHS = sorted([0, 1, 2, 3, 4, 5] * 12)


def built(name: str) -> Part:
    """One part with the sizes of tiny, but narrow."""
    torch.manual_seed(0)
    sizes: dict[str, Frozen] = preset().sizes()
    return PARTS[name](SHAPE, sizes.get(name) or LatentSizes(layers=2, feed_forward=32, latents=3))


def features(documents: list[Tensor], apart: float = 1.0) -> Features:
    """What a part would be given: a document token before the sentences, normed rows. `apart` 0: all tokens alike."""
    token = torch.arange(32.0).sin()
    tokens = [token.to(document.dtype) + apart * document.sum(0) for document in documents]
    headed = packed([torch.cat([own.unsqueeze(0), document]) for own, document in zip(tokens, documents, strict=True)])
    states = headed.with_values(nn.functional.layer_norm(headed.values, (32,)))
    return Features(states, states.first_rows())


def loss_of(target: str, raw: Tensor) -> Tensor:
    """A loss of the target's kind against drawn labels."""
    generator = torch.Generator().manual_seed(3)
    drawn = torch.rand(raw.shape, generator=generator, dtype=raw.dtype)
    match TARGETS[target].kind:
        case "labels":
            return binary_cross_entropy_with_logits(raw, drawn.round())
        case "classes":
            return cross_entropy(raw, drawn.softmax(-1))
        case "scores":
            return mse_loss(raw.sigmoid(), drawn)
        case "dimensions":
            return mse_loss(raw, 2 * drawn - 1)
        case "shares":
            return mse_loss(raw.softmax(-1), drawn.softmax(-1))
        case "pair":
            return softplus(raw[1::2] - raw[::2]).mean()


@pytest.mark.parametrize("name", PARTS)
def test_every_weight_is_taught_by_the_part_s_own_targets(name: str) -> None:
    part = built(name).double()  # what cancels out leaves 1e-17 of a gradient there, not 1e-9
    documents = [document.double() for document in texts(LENGTHS)]
    predictions = part(features(documents)).predictions
    torch.stack([loss_of(target, raw) for target, raw in predictions.items()]).sum().backward()
    assert [name for name, p in part.named_parameters() if not alive(p)] == []


def alive(parameter: nn.Parameter) -> bool:
    """Whether it was taught; of a bias or scale, whether every entry was."""
    if parameter.grad is None:
        return False
    sizes = parameter.grad.abs()
    return bool(sizes.max() > 1e-9 and (parameter.ndim > 1 or sizes.min() > 1e-14))


@pytest.mark.parametrize("name", PARTS)
def test_each_target_alone_reaches_what_the_part_is_given(name: str) -> None:
    part, documents = built(name), texts([1, 2, 3, 4])
    given = features(documents)
    for target in part.targets:
        values = given.states.values.detach().requires_grad_()
        states = given.states.with_values(values)
        loss_of(target, part(Features(states, states.first_rows())).predictions[target]).backward()
        assert values.grad is not None
        per_document = packed([torch.zeros(n + 1, 1) for n in (1, 2, 3, 4)]).with_values(values.grad).views()
        assert all(view.abs().max() > 0 for view in per_document), target


@torch.no_grad()
def test_odds_of_a_factor_are_base_odds_times_six_weights() -> None:
    head = built("head.bentham")
    assert isinstance(head, BenthamHead)
    given = features(texts([0, 2, 3]))
    weights = head.weights(given)
    assert weights.shape == (3, 6, 10)
    assert (weights > 0).all()
    for reader in head.weighing.values():
        reader.get_parameter("readout.weight").zero_()
    base = head(given).predictions["factors"]  # every weight is 1 now
    again = built("head.bentham")(given).predictions["factors"]
    torch.testing.assert_close(again.exp(), base.exp() * weights.prod(1))


def test_weights_within_bounds_are_free_of_charge() -> None:
    assert extreme_weights(torch.tensor([0.3, 1.0, 2.5])).item() == 0
    assert extreme_weights(torch.tensor([0.1, 3.5])).item() == pytest.approx((0.2 + 1.0) / 2)


@torch.no_grad()
def test_counterfactual_reads_how_far_the_other_course_departs() -> None:
    head = built("head.regret")
    assert isinstance(head, RegretHead)
    first, second = (features(texts([3, 3], seed=seed), apart=0.0) for seed in (1, 2))
    assert torch.equal(first.document, second.document)  # the courses alone differ
    assert (head.other_course(first) - head.other_course(second)).abs().max() > 1e-4
    for target in head.targets:
        readout = head.readouts.get_submodule(target)
        readout.get_parameter("weight")[:, :32] = 0
        outcomes = [head(given).predictions[target] for given in (first, second)]
        assert (outcomes[0] - outcomes[1]).abs().max() > 1e-4


@torch.no_grad()
def test_closed_forms_are_the_sums_over_pairs() -> None:
    torch.manual_seed(0)
    giving, taking = torch.rand(2, 5, 3), torch.randn(2, 5, 3)
    least = torch.stack([torch.minimum(giving[:, i], giving[:, j]) for i, j in combinations(range(5), 2)])
    product = torch.stack([giving[:, i] * taking[:, j] for i, j in permutations(range(5), 2)])
    torch.testing.assert_close(sum_least(giving), least.sum(0))
    torch.testing.assert_close(sum_product(giving, taking), product.sum(0))


@torch.no_grad()
def test_rows_of_nothing_add_nothing_to_the_sums_over_pairs() -> None:
    torch.manual_seed(0)
    giving, taking = torch.rand(2, 4, 3), torch.randn(2, 4, 3)
    longer = [nn.functional.pad(side, (0, 0, 0, 3)) for side in (giving, taking)]
    torch.testing.assert_close(sum_least(longer[0]), sum_least(giving))
    torch.testing.assert_close(sum_product(*longer), sum_product(giving, taking))


@torch.no_grad()
def test_evidence_is_a_mean_over_the_pairs_of_each_document() -> None:
    head = built("head.surd")
    assert isinstance(head, SurdHead)
    given = features(texts([0, 1, 2, 3]))
    together, unique, redundant = head.evidence(given)
    rows = given.states.headless().values.split([0, 1, 2, 3])
    codes = [nn.functional.softplus(head.code(head.prepare(document))) for document in rows]
    pairs = [(0, 1), (0, 2), (1, 2)]
    alike = torch.stack([torch.minimum(codes[3][i], codes[3][j]) for i, j in pairs]).mean(0)
    torch.testing.assert_close(redundant[3], alike)
    torch.testing.assert_close(unique[3], codes[3].mean(0) - alike)
    torch.testing.assert_close(unique[1], codes[1][0])
    assert together[:2].abs().sum() == redundant[:2].abs().sum() == unique[0].abs().sum() == 0


@torch.no_grad()
def test_regret_analyzer_never_looks_ahead() -> None:
    part = built("analyzer.regret")
    assert isinstance(part, RegretAnalyzer)
    (document,) = texts([4])
    changed = torch.cat([document[:3], -document[3:]])
    given = [features([way], apart=0.0) for way in (document, changed)]
    seen: list[Tensor] = []
    part.layers[0].register_forward_hook(lambda _m, _i, out: seen.append(out.values))
    outputs = [part(way).predictions["regret"] for way in given]
    torch.testing.assert_close(seen[0][:4], seen[1][:4])
    assert (outputs[0] - outputs[1]).abs().max() > 1e-5


@torch.no_grad()
def test_influence_runs_one_way_and_never_on_itself() -> None:
    torch.manual_seed(0)
    influence = Influence(SHAPE, depth=1)
    causes, effects = torch.randn(2, 1, 4, 32)
    strengths = influence.strengths(causes, effects)
    assert strengths.diagonal(dim1=-2, dim2=-1).abs().max() == 0
    assert (strengths - strengths.transpose(-1, -2)).abs().max() > 0.1


@torch.no_grad()
def test_only_causes_of_a_row_change_what_it_receives() -> None:
    torch.manual_seed(0)
    influence, states = Influence(SHAPE, depth=1), packed(texts([3]))
    influence.cause.weight.zero_()
    influence.effect.weight.zero_()
    influence.readiness.fill_(-100.0)  # nothing acts on anything
    torch.testing.assert_close(influence(states), influence.merge.bias.expand(3, -1))
    influence.readiness.fill_(100.0)  # everything acts on everything else
    others = influence.passed(states.values).sum(0) - influence.passed(states.values)
    torch.testing.assert_close(influence(states), influence.merge(others / 2))


def alone(rows: int, documents: int = 1) -> Bucket:
    """A bucket of documents of one length."""
    (bucket,) = layout_of(((documents, rows),), torch.device("cpu")).buckets
    return bucket


@torch.no_grad()
def test_a_filter_resounds_at_its_own_frequency() -> None:
    bank = FilterBank(8)
    frequencies = math.pi * bank.frequency.sigmoid()
    bank.decay.fill_(-3.0)
    places = torch.arange(64.0)
    for band in range(8):
        wave = torch.cos(frequencies[band] * places).view(1, 64, 1)
        assert bank.energies(wave, bank.responses(64), alone(64))[0, :, 0].argmax() == band


@torch.no_grad()
def test_a_filter_hears_nothing_in_no_sentence_and_a_lone_one_as_it_is() -> None:
    bank = FilterBank(4)
    assert bank.energies(torch.zeros(2, 0, 3), bank.responses(5), alone(0, 2)).abs().sum() == 0
    torch.testing.assert_close(
        bank.energies(torch.full((1, 1, 3), 2.0), bank.responses(5), alone(1)), torch.full((1, 4, 3), 4.0)
    )


@torch.no_grad()
def test_energy_is_a_mean_over_the_sentences() -> None:
    bank = FilterBank(4)
    bank.decay.fill_(50.0)  # nothing is left of a sentence when the next one comes
    signals = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 4, 1)
    torch.testing.assert_close(bank.energies(signals, bank.responses(4), alone(4)), torch.full((1, 4, 1), 7.5))


def test_update_is_the_textbook_one() -> None:
    """A variance of 1 that meets an observation of variance 3 gains 1/4 and keeps 3/4."""
    belief = updated(Belief(torch.zeros(1, 1), torch.ones(1, 1, 1)), torch.full((1, 1), 8.0), torch.full((1, 1), 3.0))
    torch.testing.assert_close(belief.mean, torch.full((1, 1), 2.0))
    torch.testing.assert_close(belief.covariance, torch.full((1, 1, 1), 0.75))


@torch.no_grad()
def test_beliefs_of_a_batch_are_those_of_each_document() -> None:
    torch.manual_seed(0)
    kalman = Filter(3)
    kalman.drift.normal_(std=0.3)
    lengths = (0, 1, 1, 3, 6)
    observed, noise = texts(lengths, dim=3), [d.abs() + 0.1 for d in texts(lengths, dim=3, seed=2)]
    together = kalman(packed(observed), packed(noise))
    for place, (document, doubt) in enumerate(zip(observed, noise, strict=True)):
        alone = kalman(packed([document]), packed([doubt]))
        torch.testing.assert_close(together.mean[place], alone.mean[0])
        torch.testing.assert_close(together.covariance[place], alone.covariance[0])


@torch.no_grad()
def test_certainty_is_carried_from_sentence_to_sentence() -> None:
    kalman = Filter(2)
    beliefs = [kalman(*(Packed(torch.ones(n, 2), ((1, n),)) for _ in range(2))) for n in (0, 1, 2, 3)]
    variances = [belief.covariance[0, 0, 0].item() for belief in beliefs]
    kalman.process_noise.fill_(-20.0)
    sure = kalman(*(Packed(torch.ones(3, 2), ((1, 3),)) for _ in range(2))).covariance[0, 0, 0].item()
    assert variances[0] > variances[1]
    assert sure < variances[3]  # the less the state drifts, the more three sentences tell


@torch.no_grad()
def test_a_long_document_leaves_a_covariance_without_negative_variance() -> None:
    part = built("auxiliary.kalman")
    assert isinstance(part, KalmanAuxiliary)
    covariance = part.belief(features(texts([0, 200]))).covariance
    torch.testing.assert_close(covariance, covariance.transpose(-1, -2))
    assert torch.linalg.eigvalsh(covariance).min() > 0
