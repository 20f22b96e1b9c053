"""The learning rate of every step."""

from __future__ import annotations

from math import cos, pi


def lr_at(step: int, steps: int, peak: float, warmup: float) -> float:
    """Rate of step 1 ... `steps`: linear to `peak` over the share `warmup`, then half a cosine down to a hundredth.

    Raises ValueError for a step outside.
    """
    if not 1 <= step <= steps:
        raise ValueError(f"step {step} lies outside 1 … {steps}")
    rising = round(warmup * steps)
    if step <= rising:
        return peak * step / rising
    if steps - rising == 1:
        return peak  # nothing to fall over
    done = (step - rising) / (steps - rising)
    return peak * (0.01 + 0.99 * 0.5 * (1 + cos(pi * done)))
