"""Step 3: whose feelings enter, and with what weight."""

from collections.abc import Sequence

from redheart.circuit.perspectives import Perspective
from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep
from redheart.types.readings import EmotionReading


def emotion_step(reading: EmotionReading, perspectives: Sequence[Perspective]) -> TraceStep:
    """The trace of step 3. Only the teller's feelings were read, so they enter alone; nobody else's are made up."""
    read = sum(perspective.weight for perspective in perspectives if perspective.read)
    unread = [name for perspective in perspectives if not perspective.read for name in perspective.names]
    reasons = ["the emotions are those the text shows, that is, the teller's"]
    if unread:
        reasons.append(f"not read: what {', '.join(unread)} felt; their weight is left open, not filled")
    return trace_step(
        3,
        "emotion integration",
        {
            "weights": {perspective.group: perspective.weight for perspective in perspectives},
            "fused_from": reading.fused_from,
        },
        {
            "valence": reading.fused.valence,
            "arousal": reading.fused.arousal,
            "dominance": reading.fused.dominance,
            "strongest": {score.name: score.probability for score in reading.top},
            "weight_read": read,
            "not_read": unread,
        },
        reasons,
    )
