"""What the writer of an English text regrets having done, or not having done."""

import re
from collections.abc import Sequence
from typing import Final

from redheart.situation.english_counterfactuals import Supposed
from redheart.situation.english_feelings import is_about_others
from redheart.situation.english_sentences import stretch_at
from redheart.types.situation import FeelingCue, RegrettedDeed

#: To hold back: wished for, it undoes an act.
_HELD_BACK: Final = re.compile(
    r"skipped|skip|avoided|stayed|quit|stopped|refused|kept|left|passed|waited|held|bitten|shut|thought|walked", re.I
)
_GERUND: Final = re.compile(
    r"^ (?:\w+ ){0,4}?(?:(?:for|about|of|at|having|that) )*(?P<not>not (?:having |being )?|never )?(?:\w+ing|"
    r"having \w+)\b",
    re.I,
)
_CLAUSE: Final = re.compile(
    r"^,? ?(?:(?:that|because|for what|about what|when|how|for the way|of the way|of what) )?(?:I|we)(?:"
    r"(?P<not>(?:['’]ve)? (?:never|(?:did|was|were|had|could|have)(?:n['’]?t| not)|failed to)) \w+|"
    r"(?:['’]ve| have| had|['’]d)? (?:\w+ed|was|said|did|told|made|let|left|lost|forgot|broke|hurt|took|went|got|"
    r"gave|"
    r"sent|spent|bought|sold|hit|been|done))\b", re.I,
)  # fmt: skip
_FAULT: Final = re.compile(r"^ (?:for|about|of) (?:my|our|what (?:I|we)|the way (?:I|we)) (?:\w+ ){0,3}\w+", re.I)
_NOT_DOING: Final = re.compile(r"^\s*not \w+ing\b", re.I)
_WHY: Final = re.compile(
    r"\b(?:why|how come)(?: the \w+| on earth)? (?:did|have|(?P<cannot>(?:did|could|would|have)n['’]t)) (?:I|we)"
    r"(?P<not> not| never)?(?: ever)? \w+", re.I,
)  # fmt: skip
_THINKING: Final = re.compile(r"\bwhat (?:was I|were we|the \w+ was I) thinking\b", re.I)
_MISTAKE: Final = re.compile(
    r"\b(?:(?:biggest|worst|dumbest|stupidest) (?:mistake|decision|thing|choice|purchase)|"
    r"was a (?:huge |big |terrible |stupid )?mistake|(?:stupid|dumb|foolish) of me|what an idiot I)\b", re.I,
)  # fmt: skip
_NEVER: Final = re.compile(
    r"\b(?:I|we) (?:never (?:got to |even )?(?:said|told|asked|went|called|visited|thanked|apologi[sz]ed|learned|"
    r"tried|took|"
    r"gave|wrote|spoke|hugged|saw)|didn['’]t (?:even )?(?:say|tell|ask|go|call|visit|thank|try|take))\b", re.I,
)  # fmt: skip
_HAUNTS: Final = re.compile(
    r"\b(?:haunts?|too late|can['’]t forgive myself|never forgive myself|eats at me|keeps me up|still hurts|"
    r"weighs on me)\b",
    re.I,
)
_LET_SLIP: Final = re.compile(
    r"\b(?:I|we) (?:let|missed|passed up|wasted|blew) (?:the|my|that|a|our) (?:\w+ )?(?:chance|opportunity|moment)\b",
    re.I,
)


def english_deed(text: str, feelings: Sequence[FeelingCue], supposed: Sequence[Supposed]) -> RegrettedDeed | None:
    """The first that is found:

    (1) what a form of the writer's own turns round; (2) the gerund or clause that remorse, guilt or shame of the
    writer's own is about; (3) a self-reproach: why did I, a mistake of mine, a chance let slip, what I never said and
    what haunts me. None where relief or a denial stands against it.
    """
    if any(each.direction == "downward" for each in supposed):
        return None
    mine = [each for each in supposed if each.own]
    if mine:
        return _turned_round(text, mine)  # (1)
    own = [each for each in feelings if each.bearing == "own" and each.feeling != "disappointment"]
    if not own and any(each.bearing == "denied" for each in feelings):
        return None
    about = (_about(text, cue) for cue in own)
    return next((each for each in about if each is not None), None) if own else _reproached(text)  # (2), (3)


def _turned_round(text: str, mine: Sequence[Supposed]) -> RegrettedDeed:
    first = mine[0]
    held_back = first.form in ("wish", "duty") and _HELD_BACK.fullmatch(first.verb) is not None
    undone = any(each.form == "undoing" for each in mine)
    return _deed(not (first.negated or held_back or undone), first.form, text, first.start, first.end)


def _about(text: str, cue: FeelingCue) -> RegrettedDeed | None:
    stretch, offset = stretch_at(text, cue.start)
    if (start := _NOT_DOING.search(stretch)) is not None:
        return _deed(True, cue.feeling, text, offset + start.start(), offset + start.end())
    after = stretch[cue.end - offset :]
    for pattern in (_GERUND, _CLAUSE, _FAULT):
        if (found := pattern.search(after)) is not None:
            undone = bool(found.groupdict().get("not"))
            return _deed(undone, cue.feeling, text, cue.end + found.start(), cue.end + found.end())
    return None


def _reproached(text: str) -> RegrettedDeed | None:
    if (found := _WHY.search(text)) is not None:
        return _deed(bool(found["not"] or found["cannot"]), "why", text, *found.span())
    for form, pattern in (("why", _THINKING), ("mistake", _MISTAKE)):
        found = pattern.search(text)
        if found is not None and not is_about_others(stretch_at(text, found.start())[0]):
            return _deed(_NOT_DOING.search(stretch_at(text, found.start())[0]) is not None, form, text, *found.span())
    if (found := _LET_SLIP.search(text)) is not None:
        return _deed(True, "let slip", text, *found.span())
    if (found := _NEVER.search(text)) is not None and _HAUNTS.search(text):
        return _deed(True, "haunted", text, *found.span())
    return None


def _deed(undone: bool, form: str, text: str, start: int, end: int) -> RegrettedDeed:
    words = text[start:end]
    left = start + len(words) - len(words.lstrip(" ,"))
    return RegrettedDeed(kind="inaction" if undone else "action", form=form, text=text[left:end], start=left, end=end)
