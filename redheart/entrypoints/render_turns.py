"""Where the mood turns, in one line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from redheart.entrypoints.ink import number
from redheart.entrypoints.labels import Labels
from redheart.types.trajectory import SmoothedTrajectory, Turn


def turns(smoothed: SmoothedTrajectory | None, say: Labels) -> Iterator[Text]:
    """Each turn with its sentence and what shifts most; nothing where turns were not looked for."""
    if smoothed is None or smoothed.turns is None:
        return
    if not smoothed.turns:
        yield Text(say("no_turn"))
        return
    yield Text(f"{say('turns')}: {' · '.join(_turn(turn, say) for turn in smoothed.turns)}")


def _turn(turn: Turn, say: Labels) -> str:
    shifts = {"valence": turn.valence, "arousal": turn.arousal, "dominance": turn.dominance}
    name, shift = max(shifts.items(), key=lambda item: abs(item[1]))
    way = "up" if shift > 0 else "down"
    return f"[{turn.sentence + 1}] {say(f'{name}_{way}')} {number(shift, signed=True)}"
