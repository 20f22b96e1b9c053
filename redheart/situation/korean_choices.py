"""Korean constructions of choice -> the alternatives, each a plain statement."""

import itertools
from dataclasses import dataclass
from typing import Any, Final

from redheart.situation.clauses import korean_cuts
from redheart.situation.kiwi import kiwi
from redheart.situation.korean_people import OTHERS

#: Endings that offer an alternative, as Kiwi writes them, by family, plain and polite. `나` only after -어야 하-.
_FAMILIES: Final = {
    "ᆯ까": "whether", "을까": "whether", "ᆯ까요": "whether", "을까요": "whether",
    "ᆯ지": "open", "을지": "open",
    "든지": "either", "든가": "either", "든": "either", "거나": "either", "나": "should", "나요": "should",
}  # fmt: skip
#: Predicates that only judge what comes before them: 가는 게 나을까 weighs going.
_JUDGEMENTS: Final = frozenset("낫 좋 맞 옳".split())
_THINGS: Final = frozenset("것 거 편 쪽".split())
_STEM_TAGS: Final = ("VV", "VA", "VX", "VCP", "VCN", "XSV", "XSA")
_SKIPPED_TAGS: Final = ("SP", "SF", "MAJ", "SE")
_QUESTION_WORDS: Final = frozenset("왜 어떻게 무엇 뭐 누구 어디 언제 무슨 어떤 어느 얼마나 얼마 어떡하 어쩌".split())
_DELIBERATION: Final = frozenset(
    "고민 망설이 선택 결정 고르 정하 갈등 갈림길 모르 ᆯ까 을까 ᆯ지 을지 어야 수 하나 둘".split()
)


@dataclass(frozen=True, slots=True)
class _Alternative:
    """Tokens [first, stem] say what is done; `ending` is the index of the last token of the construction."""

    first: int
    stem: int
    ending: int
    family: str


def korean_choices(text: str) -> list[str]:
    """Statements of the alternatives: '그만둘까 말까' -> '그만둔다.', '그만두지 않는다.'; [] for none.

    Found: (1) -할까/-할지/-든지/-거나/-어야 하나 in a row, with 말까/말지 or 안 ... as the negation; (2) nouns around
    아니면; (3) -는 것과 -는 것 중. Left out: question words, the past tense, and what another person weighs.
    """
    tokens = kiwi().tokenize(text)
    statements: list[str] = []
    for group in _groups(tokens):  # (1)
        statements += _group_statements(text, tokens, group)
    return statements + _noun_choice(tokens) + _thing_choice(text, tokens)  # (2), (3)


def _groups(tokens: list[Any]) -> list[list[_Alternative]]:
    """Alternatives of one family that follow one another without anything between."""
    groups: list[list[_Alternative]] = []
    open_group: list[_Alternative] = []
    for i, _token in enumerate(tokens):
        family = _family(tokens, i)
        if family is None:
            continue
        continues = bool(open_group) and open_group[-1].family == family and _adjoins(tokens, open_group[-1].ending, i)
        first = _after_link(tokens, open_group[-1].ending + 1) if continues else _start_of(tokens, i)
        if not continues:
            open_group = []
            groups.append(open_group)
        open_group.append(_Alternative(first, _stem_before(tokens, i), i, family))
    return [_closed(tokens, group) for group in groups]


def _family(tokens: list[Any], i: int) -> str | None:
    token = tokens[i]
    if token.tag not in ("EC", "EF") or i == 0 or not _is_stem(tokens[i - 1]):
        return None
    obliged = i > 1 and tokens[i - 1].form == "하" and tokens[i - 2].form == "어야"
    return None if token.form in ("나", "나요") and not obliged else _FAMILIES.get(token.form)


def _is_stem(token: Any) -> bool:
    """Irregular stems are tagged with a suffix: VV-I."""
    return token.tag.partition("-")[0] in _STEM_TAGS


def _adjoins(tokens: list[Any], last: int, i: int) -> bool:
    """True if between two endings lies one predicate of its own: no finite ending, at most one sentence end."""
    between = tokens[last + 1 : i]
    return tokens[i].sent_position - tokens[last].sent_position <= 1 and not any(token.tag == "EF" for token in between)


def _start_of(tokens: list[Any], i: int) -> int:
    """First token of the clause in which token i stands."""
    cut = max((cut for cut in korean_cuts(tokens) if cut <= tokens[i].start), default=0)
    first = i
    while first > 0 and _same_clause(tokens, first, cut):
        first -= 1
    return _after_link(tokens, first)


def _same_clause(tokens: list[Any], first: int, cut: int) -> bool:
    before = tokens[first - 1]
    return (
        before.start >= cut
        and before.tag not in ("SP", "SF", "EF")
        and before.sent_position == tokens[first].sent_position
    )


def _after_link(tokens: list[Any], first: int) -> int:
    """Skip punctuation, conjunctions and 아니면 at the start."""
    while first < len(tokens):
        polite = tokens[first].form == "요" and tokens[first].tag == "JX"  # Kiwi cuts some -까요 in two
        if polite or tokens[first].tag in _SKIPPED_TAGS or _is_otherwise(tokens, first):
            first += 1
        elif tokens[first].tag == "EC" and _is_otherwise(tokens, first - 1):
            first += 1
        elif tokens[first].form in ("그것", "이것", "그거") and any(_is_otherwise(tokens, first + n) for n in (1, 2)):
            first += 1 if _is_otherwise(tokens, first + 1) else 2  # 그것도 아니면
        else:
            break
    return first


def _is_otherwise(tokens: list[Any], i: int) -> bool:
    """아니/VCN 면/EC."""
    return i >= 0 and tokens[i].form == "아니" and i + 1 < len(tokens) and tokens[i + 1].form == "면"


def _stem_before(tokens: list[Any], i: int) -> int:
    """Index of the predicate stem before ending i; -어야 하/되- and -는 게 낫/좋/맞- are left off."""
    stem = i - 1
    while stem > 1 and tokens[stem].form in ("하", "되") and tokens[stem - 1].form == "어야":
        stem -= 2
    judged = _judged(tokens, stem)
    return stem if judged is None else judged


def _judged(tokens: list[Any], stem: int) -> int | None:
    """Index of the predicate that 'stem' judges, over 더, a particle and -는 것; None where it judges none."""
    if tokens[stem].form not in _JUDGEMENTS:
        return None
    thing = stem - 1
    while thing > 1 and (tokens[thing].tag in ("JKS", "JX") or tokens[thing].form in ("더", "차라리")):
        thing -= 1
    named = thing > 1 and tokens[thing].tag == "NNB" and tokens[thing].form in _THINGS
    done = named and tokens[thing - 1].tag == "ETM" and _is_stem(tokens[thing - 2])
    return thing - 2 if done else None


def _closed(tokens: list[Any], group: list[_Alternative]) -> list[_Alternative]:
    """-거나/-든지 with one alternative before a last predicate: 'A거나 B할 수 있다' gains B."""
    last = group[-1]
    if last.family != "either" or len(group) > 1 or not _deliberates(tokens, last.ending):
        return group
    first = _after_link(tokens, last.ending + 1)
    for i in range(first, len(tokens) - 1):
        if tokens[i].tag == "SF":
            break
        if _is_stem(tokens[i]) and tokens[i + 1].tag in ("EC", "EF", "ETM"):
            return [*group, _Alternative(first, i, i + 1, last.family)]
    return group


def _deliberates(tokens: list[Any], i: int) -> bool:
    """True if the rest of the sentence speaks of choosing, being able or having to; a habit is no choice."""
    return any(
        token.form in _DELIBERATION for token in tokens[i + 1 :] if token.sent_position == tokens[i].sent_position
    )


def _group_statements(text: str, tokens: list[Any], group: list[_Alternative]) -> list[str]:
    if len(group) < 2 or any(_unusable(tokens, alternative) for alternative in group):
        return []
    if group[0].family == "either" and not _deliberates(tokens, group[0].ending):
        return []
    statements = []
    for before, alternative in zip([None, *group], group, strict=False):
        if before is not None and _negates(tokens, alternative, before):
            statements.append(_statement(text, tokens, before, negated=True))
        else:
            statements.append(_statement(text, tokens, alternative))
    return statements


def _unusable(tokens: list[Any], alternative: _Alternative) -> bool:
    """True for a question word, an empty stretch, or somebody else as the subject."""
    members = tokens[alternative.first : alternative.stem + 1]
    if not members or not _is_stem(tokens[alternative.stem]):
        return True
    if any(token.form in _QUESTION_WORDS or token.tag == "EP" for token in members):
        return True
    pairs = itertools.pairwise(members)
    return any(_is_subject(particle) and _is_another(noun, particle) for noun, particle in pairs)


def _is_subject(particle: Any) -> bool:
    return particle.tag == "JKS" or (particle.tag == "JX" and particle.form in ("은", "는"))


def _is_another(noun: Any, particle: Any) -> bool:
    """Somebody else, or with a subject particle anything that is not the writer: rain decides nothing."""
    if noun.tag == "NP" and noun.form in ("나", "저", "우리", "저희"):
        return False
    return particle.tag == "JKS" or noun.form in OTHERS or (noun.tag == "NP" and noun.form in ("그", "그녀"))


def _negates(tokens: list[Any], alternative: _Alternative, before: _Alternative) -> bool:
    """말까, 말지, 말아야 하나; or 안 with the same predicate again."""
    members = tokens[alternative.first : alternative.stem + 1]
    if [token.form for token in members] == ["말"]:
        return True
    same = [token.form for token in tokens[before.first : before.stem + 1]]
    rest = [token.form for token in members[1:]]
    return members[0].form in ("안", "못") and bool(rest) and same[-len(rest) :] == rest


def _statement(text: str, tokens: list[Any], alternative: _Alternative, negated: bool = False) -> str:
    """The stretch as a plain sentence; Kiwi conjugates the last stem."""
    stem = tokens[alternative.stem]
    adjective = stem.tag.startswith(("VA", "XSA", "VC"))
    plain = ("다", "EF") if adjective else ("ᆫ다", "EF")
    ending = [("지", "EC"), ("않", "VX"), plain] if negated else [plain]
    predicate = kiwi().join([(stem.form, stem.tag), *ending])
    return f"{text[tokens[alternative.first].start : stem.start]}{predicate}."


def _noun_choice(tokens: list[Any]) -> list[str]:
    """'커피 아니면 차' -> '커피를 택한다.', '차를 택한다.'"""
    for i in range(1, len(tokens) - 2):
        if not _is_otherwise(tokens, i):
            continue
        left, right = _noun_run(tokens, i - 1, -1), _noun_run(tokens, i + 2, 1)
        if left and right:
            return [_chosen(left), _chosen(right)]
    return []


def _noun_run(tokens: list[Any], i: int, step: int) -> list[tuple[str, str]]:
    """Nouns that stand together from token i on, in the order of the text."""
    run = []
    while 0 <= i < len(tokens) and tokens[i].tag in ("NNG", "NNP", "SL", "XPN", "XSN", "SN"):
        run.append((tokens[i].form, tokens[i].tag))
        i += step
    return run[::step]


def _chosen(nouns: list[tuple[str, str]]) -> str:
    return str(kiwi().join([*nouns, ("을", "JKO"), ("택하", "VV"), ("ᆫ다", "EF")])) + "."


def _thing_choice(text: str, tokens: list[Any]) -> list[str]:
    """'거짓말을 하는 것과 진실을 말하는 것 중' -> two statements."""
    things = [i for i, token in enumerate(tokens) if i > 1 and token.tag == "NNB" and token.form in ("것", "거")]
    for one, other in itertools.pairwise(things):
        linked = tokens[one + 1].tag == "JC" and tokens[other + 1 : other + 2]
        if linked and linked[0].form in ("중", "사이"):
            ends = [(_start_of(tokens, one - 2), one), (one + 2, other)]
            return [_statement(text, tokens, _Alternative(first, at - 2, at, "thing")) for first, at in ends]
    return []
