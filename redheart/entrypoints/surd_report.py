"""One decomposition as it is told: its terms in the order of the paper, its JSON, what to be wary of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from redheart.calculus.cells.agent_sets import AgentSet, label

if TYPE_CHECKING:
    from redheart.calculus.information import PairwiseInformation
    from redheart.calculus.surd import SurdResult
    from redheart.entrypoints.series_file import Series

Kind = Literal["redundant", "unique", "synergistic"]
LETTERS: Final[dict[Kind, str]] = {"redundant": "R", "unique": "U", "synergistic": "S"}
NOTEWORTHY_BIAS: Final = 0.05
DRAWS: Final = 200  # what the warning recommends: p-values down to 1/201
P_VALUES_NOTE: Final = (
    "the null cuts the target off from all variables at once: p-values are fair for 'explained' and cautious for "
    "unique terms (U), but a redundancy (R) or a synergy (S) of a real cause with a bystander falls below 0.05 too "
    "often, so its p-value proves nothing."
)


@dataclass(frozen=True, slots=True)
class Term:
    """One bar. `bits`; `of_mi`: share of what the best set tells; `of_entropy`, `corrected`: shares of H(T).

    `of_mi` is None where nothing is told; `corrected` (raw minus the null's mean, may be negative) and `p_value` are
    None without a null, `p_value` also of all but unique terms: see P_VALUES_NOTE.
    """

    label: str
    kind: Kind
    agents: AgentSet
    bits: float
    of_mi: float | None
    of_entropy: float
    corrected: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class SurdReport:
    """What was asked and what came out. `names`: what the variables are called, None where they have only numbers.

    `information`: nearest-neighbour estimates beside it, where they were asked for.
    """

    result: SurdResult
    target: int
    lag: int
    binning: str
    file: str
    array: str | None = None
    names: tuple[str, ...] | None = None
    information: PairwiseInformation | None = None

    @classmethod
    def of(
        cls,
        result: SurdResult,
        asked: tuple[int, int, str],
        series: Series,
        file: str,
        information: PairwiseInformation | None = None,
    ) -> SurdReport:
        """`asked`: target, lag, binning."""
        return cls(result, *asked, file, series.array, series.names, information)

    @property
    def called(self) -> str:
        """The target as people call it."""
        return f"variable {self.target}" if self.names is None else self.names[self.target - 1]

    @property
    def information_bits(self) -> float:
        """What the best set of agents tells: the whole of the bars."""
        return self.result.information

    def terms(self) -> list[Term]:
        """Redundancies from the largest set down, then unique, then synergies from pairs up."""
        result = self.result
        redundant = sorted(result.redundant, key=lambda names: (-len(names), names))
        synergistic = sorted(result.synergistic, key=lambda names: (len(names), names))
        return [
            *(self._term("redundant", names, result.redundant[names]) for names in redundant),
            *(self._term("unique", names, result.unique[names]) for names in sorted(result.unique)),
            *(self._term("synergistic", names, result.synergistic[names]) for names in synergistic),
        ]

    def _term(self, kind: Kind, names: AgentSet, bits: float) -> Term:
        called, null, whole = label(LETTERS[kind], names, self.result.agents), self.result.null, self.information_bits
        return Term(
            label=called,
            kind=kind,
            agents=names,
            bits=bits,
            of_mi=bits / whole if whole > 0 else None,
            of_entropy=bits / self.result.entropy,
            corrected=None if null is None else null.corrected[called],
            p_value=null.p_values[called] if null is not None and kind == "unique" else None,
        )

    def bias(self) -> float:
        """What samples of independent noise would explain, a share of H(T): Miller and Madow's leading term.

        (b_T - 1)(b_1 ... b_n - 1) / (2 N ln 2 H(T)). Good while it is small; beyond .5 it only says "most of it".
        Where larger sets are left out, of the largest set that was counted: a lower bound.
        """
        target, *agents = self.result.bins
        cells = math.prod(sorted(agents)[-self.result.max_order :])
        return (target - 1) * (cells - 1) / (2 * self.result.samples * math.log(2) * self.result.entropy)

    def warnings(self) -> list[str]:
        """Sentences on how far the figures can be trusted."""
        found = []
        bias, result = self.bias(), self.result
        if bias > NOTEWORTHY_BIAS:
            amount = f"about {bias:.0%}" if bias <= 0.5 else "most"
            mend = "Use fewer --bins, or trust only what lies above chance"
            mend += f": --null-draws {DRAWS}." if result.null is None else "."
            found.append(
                f"{result.samples:,} samples are few for {math.prod(result.bins):,} cells: independent noise would "
                f"explain {amount} of H(T), mostly as synergy. {mend}"
            )
        if self.information_bits <= 0:
            found.append("the agents tell nothing of the target, so there are no shares of their information.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints: sets as "1,2", terms and information in bits."""
        result = self.result
        told = self.information_bits > 0
        return {
            "file": self.file,
            "array": self.array,
            "variables": None if self.names is None else list(self.names),
            "target": self.target,
            "target_name": None if self.names is None else self.called,
            "lag": self.lag,
            "samples": result.samples,
            "bins": list(result.bins),
            "binning": self.binning,
            "max_order": result.max_order,
            "path": result.path,
            "entropy": result.entropy,
            "leak": result.leak,
            "redundant": _keyed(result.redundant),
            "unique": _keyed(result.unique),
            "synergistic": _keyed(result.synergistic),
            "mutual_information": _keyed(result.mutual_information),
            "totals": result.totals(),
            "shares": {"entropy": result.shares(), "mi": result.shares("mi") if told else None},
            "leading_bias": self.bias(),
            "null": None if result.null is None else asdict(result.null) | {"p_values_note": P_VALUES_NOTE},
            "information": None if self.information is None else asdict(self.information),
            "warnings": self.warnings(),
        }


def p_text(value: float) -> str:
    """A p-value as people read it, never 0."""
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1g}"


def _keyed(terms: dict[AgentSet, float]) -> dict[str, float]:
    return {",".join(map(str, names)): bits for names, bits in terms.items()}
