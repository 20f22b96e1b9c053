"""Cycles of steps for tests: the one of a request to Red Heart, and random ones."""

from hypothesis import strategies as st

from redheart.memory.plan import Cycle, Step

MB = 1_000_000
WEIGHTS_MB = {"llm": 4000, "analysis": 1460, "encoder": 1100, "circuit": 600}
BUDGETS_MB = (5600, 6500, 7300, 8000)


def split(nbytes, at_most):
    """Sizes of the fewest chunks of at most so many bytes, as equal as can be."""
    count = -(-nbytes // at_most)
    return tuple(nbytes * (i + 1) // count - nbytes * i // count for i in range(count))


def request_cycle(chunk_mb=64):
    """A request: the LLM reads, modules analyse, the circuit decides, the LLM writes."""
    steps = (
        Step("llm reads", frozenset({"llm"}), 1200 * MB),
        Step("analysis", frozenset({"encoder", "analysis"}), 900 * MB),
        Step("circuit", frozenset({"circuit", "encoder"}), 400 * MB),
        Step("llm writes", frozenset({"llm"}), 1200 * MB),
    )
    return Cycle(steps, {name: split(mb * MB, chunk_mb * MB) for name, mb in WEIGHTS_MB.items()})


def whole(cycle):
    """The same cycle, each module in one chunk."""
    return Cycle(cycle.steps, {name: (sum(sizes),) for name, sizes in cycle.chunks.items()}, cycle.pinned)


@st.composite
def tight_cycles(draw, max_modules=7, pins=True):
    """A random cycle, and a capacity that each step fits into, though perhaps not everything."""
    names = "abcdefg"[: draw(st.integers(2, max_modules))]
    chunks = {name: tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))) for name in names}
    groups = st.frozensets(st.sampled_from(names), min_size=1, max_size=3)
    steps = draw(st.lists(st.builds(Step, st.just("s"), groups, st.integers(0, 9)), min_size=1, max_size=6))
    pinned = draw(st.frozensets(st.sampled_from(names), max_size=1)) if pins else frozenset()
    cycle = Cycle(tuple(steps), chunks, pinned)
    least = max(cycle.size(cycle.needed(at)) + step.work_bytes for at, step in enumerate(steps))
    return cycle, draw(st.integers(least, max(least, cycle.size(names) + 5)))
