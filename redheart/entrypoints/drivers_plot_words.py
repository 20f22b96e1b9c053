"""The words in the picture of what drives a text, in the language of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redheart.types.situation import Language


@dataclass(frozen=True, slots=True)
class PlotWords:
    """`{subsets}`, `{count}`, `{share}` and `{units}` are filled in."""

    title: str
    every: tuple[str, str]  # all subsets were read; then what varies
    sample: tuple[str, str]  # some were
    estimated: tuple[str, str]  # the learned head gave the shares
    worse: str
    better: str
    alone: str
    lowers: str
    lifts: str
    either: str
    together: str
    leak: str
    alone_title: str
    either_title: str
    together_title: str
    leak_note: str
    leak_estimated: str
    enough: dict[str, str]  # direction -> what one of them does
    only_all: dict[str, str]
    hangs: str
    others: str
    or_: str
    and_: str


_KO_VARIES: Final = "글마다 효용(얼마나 좋은 일로 읽히는가)이 다르고, 그 차이가 어디서 오는지 나누면 아래와 같습니다."
_EN_VARIES: Final = (
    "Its utility (how good the event reads) differs from version to version; this is where that comes from."
)
_KO: Final = PlotWords(
    title="이 글이 좋게, 또는 나쁘게 읽히는 것은 어느 문장 때문인가",
    every=("{units} {n}개를 넣고 빼며 글을 {subsets}가지로 모두 읽었습니다.", _KO_VARIES),
    sample=("{units} {n}개를 넣고 빼며 글을 고르게 뽑은 {subsets}가지로 읽었습니다.", _KO_VARIES),
    estimated=(
        "{units}이 {n}개인 긴 글이어서, 학습된 헤드가 몫을 어림했습니다.",
        "문장을 넣고 빼며 읽지는 않았으므로, 문장마다의 몫은 알 수 없습니다.",
    ),
    worse="글이 나쁘게 읽힘",
    better="글이 낫게 읽힘",
    alone="혼자서",
    lowers="혼자서 나쁘게",
    lifts="혼자서 낫게",
    either="하나면 충분",
    together="함께일 때만",
    leak="누출",
    alone_title="{units}마다 혼자서 하는 몫",
    either_title="하나면 충분한 몫: 같은 쪽으로 끌어서, 하나가 있으면 다른 하나는 덜 보탭니다",
    together_title="함께일 때만 생기는 몫: 하나씩 볼 때는 없습니다",
    leak_note="표본으로는 알 수 없는 몫입니다. 더 큰 묶음에 있거나 잡음에 묻혔습니다.",
    leak_estimated="표본을 읽었다면 그것으로도 알 수 없었을 몫의 어림값입니다.",
    enough={"lower": "하나만 있어도 글이 나쁘게 읽힙니다", "higher": "하나만 있어도 글이 낫게 읽힙니다"},
    only_all={"lower": "모두 있으면 글이 더 나쁘게 읽힙니다", "higher": "모두 있으면 글이 더 낫게 읽힙니다"},
    hangs="하나가 하는 일이 다른 것이 있느냐에 따라 달라집니다",
    others="작은 묶음 {count}개",
    or_="또는",
    and_="+",
)
_EN: Final = PlotWords(
    title="Which sentences make this text read well, or badly?",
    every=("The text was read in all its {subsets} versions, each of its {n} {units} put in or left out.", _EN_VARIES),
    sample=(
        "The text was read in {subsets} versions, evenly chosen, of its {n} {units} put in or left out.",
        _EN_VARIES,
    ),
    estimated=(
        "This text has {n} {units}, so the learned head estimated the shares.",
        "No version was read, so what each sentence does is not known.",
    ),
    worse="reads worse",
    better="reads better",
    alone="alone",
    lowers="alone, worse",
    lifts="alone, better",
    either="one suffices",
    together="only together",
    leak="leak",
    alone_title="What each of the {units} does by itself",
    either_title="One suffices, for this share: they pull the same way, and with one there the other adds less",
    together_title="Only together: what none of them does when looked at one by one",
    leak_note="What the sample cannot tell: it lies in larger sets, or is lost in the noise.",
    leak_estimated="An estimate of what a sample could not have told either.",
    enough={"lower": "with one of them, the text reads worse", "higher": "with one of them, the text reads better"},
    only_all={"lower": "with all of them, worse still", "higher": "with all of them, better still"},
    hangs="what one does depends on whether the others are there",
    others="{count} smaller sets",
    or_="or",
    and_="+",
)
_UNITS: Final[dict[Language, dict[str, str]]] = {
    "ko": {"sentence": "문장", "clause": "절"},
    "en": {"sentence": "sentences", "clause": "clauses"},
}
_WORDS: Final[dict[Language, PlotWords]] = {"ko": _KO, "en": _EN}


def plot_words(language: Language) -> PlotWords:
    """The words of a language."""
    return _WORDS[language]


def unit_word(language: Language, unit: str) -> str:
    """'sentences' or 'clauses'."""
    return _UNITS[language][unit]
