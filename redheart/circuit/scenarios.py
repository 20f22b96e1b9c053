"""Three views of each option, from the conformal interval of its valence."""

from collections.abc import Sequence

from redheart.circuit.alternatives import Alternative
from redheart.types.decision import Scenario, View


def scenarios_of(alternatives: Sequence[Alternative]) -> tuple[Scenario, ...]:
    """Optimistic: upper end of the interval. Neutral: the valence itself. Pessimistic: lower end. All in [-1, 1]."""
    return tuple(_scenario(each) for each in alternatives)


def _scenario(alternative: Alternative) -> Scenario:
    interval = alternative.reading.valence_interval
    return Scenario(
        option=alternative.option.index,
        text=alternative.option.text,
        views=(
            View(name="optimistic", valence=_bounded(interval.high)),
            View(name="neutral", valence=alternative.reading.valence),
            View(name="pessimistic", valence=_bounded(interval.low)),
        ),
        interval=interval,
        source=f"residuals on English EmoBank dev rows, {interval.coverage:.0%} of which such an interval held",
    )


def _bounded(valence: float) -> float:
    return min(1.0, max(-1.0, valence))
