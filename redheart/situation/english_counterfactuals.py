"""English forms of words that speak of what did not happen: should have, if only, had I, wish I had and their like."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from redheart.situation.english_sentences import is_quoted, stretches
from redheart.types.situation import CounterfactualCue, Direction

#: Past participles, as they stand behind "had" or "have".
_DONE: Final = (
    r"(?P<verb>been|\w{2,}ed|\w+en|done|gone|said|told|known|seen|made|had|come|become|got|left|kept|held|lost|found|"
    r"bought|brought|thought|felt|met|paid|put|read|run|sat|sent|slept|spent|stood|taught|understood|won|worn|begun|"
    r"drawn|flown|hit|hurt|let|led|built|caught|cut|drunk|fought|quit|set|shut|sold|sung|thrown|shown|grown|dealt|"
    r"meant|stuck|rung|swum)\b"
)
_ADVERB: Final = r"(?: (?:\w+ly|just|at least|even|ever|only|all|also|still|instead|simply))?"
_NOT: Final = r"(?P<not>n['’]?t| not| never)?"
_SOMEBODY: Final = r"(?:I|we|you|he|she|they|it|(?:the|my|his|her|their|our|your) \w+)"


def _form(*pieces: str) -> re.Pattern[str]:
    return re.compile("".join(pieces), re.I)


#: Form -> patterns; `who` did not do it (nobody named: the writer), `wisher` wishes it.
_FORMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("duty", _form(
        r"\b(?:(?P<who>\w+) )?(?:really |probably |just |definitely )?(?:should|ought)", _NOT, r"(?: to)?",
        r"(?P<not2> not| never)?(?: really| probably| just)?(?: have|['’]ve| of)(?P<not3> never| not)?",
        _ADVERB, " ", _DONE)),
    ("could have", _form(r"\b(?P<who>I|we) could", _NOT, r"(?: have|['’]ve)", _ADVERB, " ", _DONE)),
    ("wish", _form(
        r"\b(?:(?P<wisher>\w+) )?wish(?:es|ed|ing)?(?: that)? (?P<who>(?:\w+ )?\w+?)(?:(?:['’]d| had| could have|"
        r" would have)",
        _NOT, _ADVERB, " ", _DONE, r"| (?:were|was|could|would|knew|lived)\b)")),
    ("wish", _form(
        rf"\bif only (?P<who>{_SOMEBODY})(?:['’]d| had| could(?: have)?)?(?P<not>n['’]t| not|"
        rf" never)? (?P<verb>\w+)")),
    ("condition", _form(r"(?<!as )\bif (?P<who>(?:[\w’'-]+ ){0,5}?[\w-]+?)(?:['’]d|"
        r" had)", _NOT, _ADVERB, " ", _DONE)),
    ("condition", _form(
        r"(?<!wish )(?<!that )(?<!who )(?<!\bif )\bhad (?P<who>", _SOMEBODY, r")(?P<not> not|"
        r" never)?", _ADVERB, " ", _DONE)),
    ("condition", _form(
        r"\bif (?:it|that|not)\b(?: (?:were|was|had)(?:n['’]?t| not)(?: been)?)? for\b|\bif I were\b",
        r"|\bwere (?:it|I|he|she|they) (?:not|to)\b")),
    ("outcome", _form(r"\b(?:would|could|might)(?:n['’]?t| not| never)?(?: have|['’]ve)", _ADVERB, " ", _DONE)),
    ("undoing", _form(
        r"\b(?:take (?:(?:it|that|this|them|what \w+ \w+) )?back|undo|turn back (?:time|the clock)|unsay|unsend)\b")),
)  # fmt: skip
#: What has to stand beside a form in its stretch, for it to be unreal.
_BESIDE: Final = {
    "condition": re.compile(
        r"\b(?:would|could|might|wouldn|couldn|mightn)\b|\b(?:I|we|you|he|she|they|it)['’]d\b", re.I
    ),
    "outcome": re.compile(r"\b(?:if|without|but for|otherwise|unless|supposing|assuming)\b", re.I),
    "undoing": re.compile(r"\b(?:wish|if only|could)\b", re.I),
}
#: Characters on either side in which it may stand.
_REACH: Final = 400
_RELIEF: Final = re.compile(
    r"\b(?:thank (?:god|goodness|heavens|you)|good thing|luckily|fortunately|relie(?:f|ved)|glad|lucky|phew|"
    r"otherwise|"
    r"close call|just as well|saved (?:me|us)|dodged)\b", re.I,
)  # fmt: skip
_WRITER: Final = re.compile(r"(?:i|we|ugh|really|just|probably|definitely|and|but|so|)", re.I)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A form that was found: [start, end) in the text; whether the writer's deed hangs on it, and how."""

    form: str
    own: bool
    negated: bool
    verb: str
    start: int
    end: int
    direction: Direction


def english_counterfactuals(text: str) -> list[Supposed]:
    """In the order of the text, without overlap.

    Forms: duty (should have), could have (of the writer), wish (... had, if only), condition (if ... had, had ..., if
    it were not for, beside an unreal verb), outcome (would have, beside a condition), undoing (take back). A condition
    points downward by a word of relief in the text, else upward; so does the rest.
    """
    relieved = _RELIEF.search(text) is not None
    found = [each for stretch, offset in stretches(text) for each in _in_stretch(text, stretch, offset, relieved)]
    return list(_without_overlap(found))


def as_cue(text: str, supposed: Supposed) -> CounterfactualCue:
    """With its words."""
    start, end = supposed.start, supposed.end
    return CounterfactualCue(
        direction=supposed.direction, form=supposed.form, text=text[start:end], start=start, end=end
    )


def _in_stretch(text: str, stretch: str, offset: int, relieved: bool) -> Iterator[Supposed]:
    for form, pattern in _FORMS:
        for match in pattern.finditer(stretch):
            rest = f"{stretch[max(0, match.start() - _REACH) : match.start()]} {stretch[match.end() :][:_REACH]}"
            if form not in _BESIDE or _BESIDE[form].search(rest):
                yield _supposed(text, form, match, offset, relieved)


def _supposed(text: str, form: str, match: re.Match[str], offset: int, relieved: bool) -> Supposed:
    groups = match.groupdict()
    who, wisher, verb = (groups.get(name) or "" for name in ("who", "wisher", "verb"))
    start, end = match.start() + offset, match.end() + offset
    # "I wish I were taller" has no verb of a deed.
    mine = "who" in groups and verb != "" and all(_WRITER.fullmatch(each) for each in (who, wisher))
    return Supposed(
        form="condition" if form == "outcome" else form,
        own=(mine or form == "undoing") and not is_quoted(text, start),
        negated=form == "undoing" or any(groups.get(name) for name in ("not", "not2", "not3")),
        verb=verb,
        start=start,
        end=end,
        direction="downward" if relieved and form in ("condition", "outcome") else "upward",
    )


def _without_overlap(found: Iterable[Supposed]) -> Iterator[Supposed]:
    end = -1
    for each in sorted(found, key=lambda supposed: (supposed.start, -supposed.end)):
        if each.start >= end:
            end = each.end
            yield each
