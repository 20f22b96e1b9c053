"""Anticipated regret of options from their utilities."""

from collections.abc import Sequence


def anticipated_regret(utilities: Sequence[float]) -> tuple[float, ...]:
    """One regret an option, >= 0, in the unit of the utilities.

    r_i = max(0, max over j != i of U_j, minus U_i): the loss against the best forgone option (Savage 1951); with many
    options only the best forgone one counts (Quiggin 1994). A single option forgoes nothing, so its regret is 0.
    """
    rivals = best_rivals(utilities)
    return tuple(
        0.0 if rival is None else max(0.0, utilities[rival] - utility)
        for utility, rival in zip(utilities, rivals, strict=True)
    )


def best_rivals(utilities: Sequence[float]) -> tuple[int | None, ...]:
    """For each option the index of the best other one (the first of equals), or None where there is no other."""
    return tuple(_best_rival(utilities, chosen) for chosen in range(len(utilities)))


def _best_rival(utilities: Sequence[float], chosen: int) -> int | None:
    others = [option for option in range(len(utilities)) if option != chosen]
    return max(others, key=lambda option: utilities[option]) if others else None
