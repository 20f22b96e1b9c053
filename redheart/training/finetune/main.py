"""Makes the shipped model from the command line.

REDHEART_DATA=<folders> python -m redheart.training.finetune.main --out runs/compact
"""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path

from redheart.config.bundled import bundled_folder
from redheart.training.finetune.recipe import load_recipe
from redheart.training.finetune.run import Making, Stopped, make


def main() -> None:
    """Make or go on making; Ctrl-C ends after the step that is under way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--start", type=Path, default=bundled_folder("models") / "compact")
    parser.add_argument("--cache", type=Path, default=Path("runs/stem"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: asked.append(got))
    begun = time.monotonic()

    def tell(stage: str, step: int, losses: dict[str, float]) -> None:
        if step % 100 == 0:
            said = "  ".join(f"{head} {loss:.3f}" for head, loss in sorted(losses.items()))
            print(f"{stage} step {step}  {time.monotonic() - begun:.0f} s  {said}", flush=True)

    recipe = load_recipe(given.recipe)
    try:
        print(make(Making(recipe, given.start, given.cache, given.out, tell, lambda: bool(asked))))
    except Stopped:
        print("stopped; the same command goes on")


if __name__ == "__main__":
    main()
