"""Every reason, warning, source of the circuit that a report shows has Korean words."""

import re

import pytest

from redheart.entrypoints.phrases import Phrases


def shown(outcome):
    """What the report takes over from the circuit."""
    yield from outcome.warnings
    yield from (outcome.decision.confidence_reason, *outcome.decision.reasons, *outcome.decision.dissent)
    weighed = (outcome.text_bentham, *(verdict.bentham for verdict in outcome.decision.options))
    yield from (factor.source for result in weighed for factor in result.factors.values())


@pytest.mark.parametrize("origins", [(), ("user",), ("user", "text"), ("template",) * 2])
@pytest.mark.parametrize("urgency", [None, 0.5])
async def test_whatever_is_shown_can_be_said_in_korean(
    circuit, situation, readings, appraised, store, past, text, origins, urgency
):
    found = readings((0.5, -1.0)[: len(origins)], (-0.4, 0.9)[: len(origins)], appraised(), None)
    options = tuple(option.model_copy(update={"text": f"{option.index}번"}) for option in situation(origins).options)
    parsed = situation(origins, language="ko", urgency=urgency, options=options, stakeholders=())
    outcome = await circuit(store(past(0.9, decision="1번"))).decide(text, parsed, found)
    assert [words for words in map(Phrases("ko"), shown(outcome)) if re.search("[A-Za-z]", words)] == []
