"""The fixed phrases of a result, said in the language of its text; the result itself keeps them in English."""

import re
from typing import Final

from redheart.entrypoints.labels import Labels
from redheart.types.situation import TEMPLATE_WARNING, Language

_APPRAISED: Final = r"head:crowd_envent\."
_HARM: Final = r"head:moralchoice\.(?P<names>\w+) \(likeliest of \d+ harms to others\)"
_JUST: Final = r"head:ethics\.justice \(P\(reasonable\)\)"
_FAIR: Final = r"head:ethics\.justice, head:moralchoice\.cheat \(P\(reasonable\) x P\(nobody is cheated\)\)"
_SELF_MADE: Final = _APPRAISED + r"unpleasantness x self_responsblt \(a pain brought upon oneself\)"

#: English pattern -> Korean words. Groups: `inner` is a phrase again, `names` are labels, all else stays as it is.
_KO: Final[dict[str, str]] = {
    # warnings
    re.escape(TEMPLATE_WARNING): "본문에서 선택지를 찾지 못해 기본 선택지 세 개를 썼습니다",
    r"regret_potential is null: (?P<inner>.+)": "후회 가능성을 비워 둔 까닭: {inner}",
    r"confidence is null: (?P<inner>.+)": "확신도를 비워 둔 까닭: {inner}",
    r"surd\.shares, causal_clarity are null: (?P<inner>.+)": "원인의 몫과 인과 선명도를 비워 둔 까닭: {inner}",
    r"the felicific score is null: (?P<names>.+) is absent": "쾌락 계산값을 비워 둔 까닭: {names} 요인이 없습니다",
    r"for the same reason": "위와 같습니다",
    r"analysis: utility, EmoBank dimensions, appraisals and counterfactual cues were learned in English only; "
    r"nothing measures them in Korean": (
        "효용, 감정 차원(EmoBank), 사건 평가, “그랬더라면” 확률은 영어로만 학습했고, "
        "한국어에서 얼마나 맞는지는 재지 못했습니다"
    ),
    r"analysis: (?P<names>.+): longer than the encoder's window, read only as far as that": (
        "{names}: 인코더가 한 번에 읽는 길이를 넘어 앞부분만 읽었습니다"
    ),
    r"llm: no language model was asked, so the situation is by rules and no words are written": (
        "언어 모델 없이 규칙으로만 상황을 파악했으며, 말로 풀어 쓴 답은 없습니다"
    ),
    r"the LLM named '(?P<who>.+)', who is not in the text: left out": (
        "언어 모델이 말한 ‘{who}’: 본문에 없어 제외했습니다"
    ),
    # why there is no number
    r"(?P<options>'.+'): a stated template, not an option of the text, so no calibrated comparison; "
    r"name options to get one": (
        "{options}: 본문의 선택지가 아니라 기본 선택지여서 보정된 비교가 없습니다. 선택지를 적어 주면 비교합니다"
    ),
    r"a single option has nothing to be compared with": "선택지가 하나뿐이라 견줄 것이 없습니다",
    r"there is no option to be sure of": "확신할 선택지가 없습니다",
    r"regret needs two options, there is (?P<count>\d+)": (
        "후회를 헤아리려면 선택지가 둘 이상이어야 하는데 {count}개입니다"
    ),
    r"the text has (?P<count>\d+) (?P<names>\w+); a decomposition needs two units or more": (
        "글에 {names}이 {count}개뿐이라 나누어 볼 수 없습니다"
    ),
    r"the text has (?P<count>\d+) (?P<names>\w+)s, more than a sample of subsets decomposes, "
    r"and the checkpoint has no SURD head": (
        "글에 {names}이 {count}개여서 표본으로 나누어 볼 수 있는 수를 넘었고, 모델에 그것을 어림하는 헤드가 없습니다"
    ),
    r"the target does not vary over the subsets that were read \(standard deviation (?P<deviation>.+)\)": (
        "부분을 빼고 읽은 어느 경우에도 효용이 달라지지 않았습니다 (표준편차 {deviation})"
    ),
    # the decision
    r"P\(preferred to '(?P<option>.+)'\), the runner-up, calibrated on English pairs": (
        "차순위 선택지 ‘{option}’보다 선호될 확률 (영어 자료로 보정)"
    ),
    r"'(?P<option>.+)' has the highest learned utility \((?P<gap>\S+) logits above the neutral set\)": (
        "‘{option}’의 학습된 효용이 가장 높습니다 (중립 상황보다 {gap} 로짓 위)"
    ),
    r"'(?P<option>.+)' has the highest learned utility \((?P<gap>\S+) logits below the neutral set\)": (
        "‘{option}’의 학습된 효용이 가장 높습니다 (중립 상황보다 {gap} 로짓 아래)"
    ),
    r"it leads '(?P<option>.+)' by (?P<gap>\S+) logits": "‘{option}’보다 {gap} 로짓 앞섭니다",
    r"even so it is read as less pleasant than the neutral set": "그래도 중립 상황보다는 불쾌하게 읽힙니다",
    r"the feelings of (?P<who>.+) were not read: Bentham's calculus \(step 5\) counts the one reading there is for "
    r"them too": "{who}의 감정은 따로 읽지 못했습니다: 벤담의 계산(5단계)은 글에서 읽은 같은 값으로 셈합니다",
    r"no option was found": "선택지를 찾지 못했습니다",
    r"Bentham's calculus \(step 5\) would choose '(?P<option>.+)'": "벤담의 계산(5단계)은 ‘{option}’ 쪽을 고릅니다",
    r"emotion \(step 3\) finds '(?P<option>.+)' more pleasant": "감정(3단계)은 ‘{option}’ 쪽을 더 유쾌하게 봅니다",
    r"a precedent \(step 0, similarity (?P<similarity>\S+)\) chose '(?P<option>.+)'": (
        "비슷한 지난 경험(0단계, 유사도 {similarity})에서는 ‘{option}’ 쪽을 골랐습니다"
    ),
    # where a factor comes from
    r"(?P<inner>.+) \(of the text\)": "{inner} (본문 기준)",
    _APPRAISED + "intensity": "사건 평가: 감정의 세기",
    _APPRAISED + r"duration \(expected class\)": "사건 평가: 이어진 시간의 기댓값",
    _APPRAISED + r"predict_conseq \(foreseeable consequences\)": "사건 평가: 결과를 내다볼 수 있는 정도",
    _APPRAISED + r"urgency \(proxy: need to act at once\)": "사건 평가: 당장 움직여야 하는 정도로 대신함",
    _HARM: "남에게 끼칠 법한 해 가운데 가장 그럴듯한 것: {names}",
    _JUST: "요구가 정당할 확률",
    _FAIR: "요구가 정당하고 부정한 이득이 없을 확률",
    _SELF_MADE: "사건 평가: 스스로 불러온 괴로움",
    r"rule: urgent share of the text's time words": "시간을 말하는 낱말 가운데 급한 낱말의 비율",
    r"calculus: course of valence over the sentences": "문장을 따라 움직이는 감정",
    r"rule: (?P<count>\d+) person\(s\) at stake, a community counting as four, the bar full from (?P<full>\d+) on": (
        "관련된 사람 {count}명 (공동체는 네 명으로 세고, 막대는 {full}명부터 가득 참)"
    ),
    r"rule: (?P<count>\d+) person\(s\) at stake, a community counting as four, the bar full from (?P<full>\d+) on: "
    r"nobody is named, the teller is counted": "나오는 사람이 없어 글쓴이만 셈 (막대는 {full}명부터 가득 참)",
    r"table: six-dimensional emotion": "여섯 차원의 감정에서 환산",
    r"table: six-dimensional emotion \(arousal and dominance of the text\)": (
        "여섯 차원의 감정에서 환산 (각성과 지배감은 본문 기준)"
    ),
    r"none": "없음",
    # who wrote the answer
    r"built-in script": "내장 스크립트",
}

#: English pattern -> fewer English words: the table of factors is narrow.
_EN: Final[dict[str, str]] = {
    r"(?P<inner>.+) \(of the text\)": "{inner}, of the text",
    _APPRAISED + "intensity": "appraised intensity",
    _APPRAISED + r"duration \(expected class\)": "appraised duration, expected",
    _APPRAISED + r"predict_conseq \(foreseeable consequences\)": "foreseeable consequences",
    _APPRAISED + r"urgency \(proxy: need to act at once\)": "need to act at once",
    _HARM: "likeliest harm to others: {names}",
    _JUST: "the claim is reasonable",
    _FAIR: "reasonable, nobody cheated",
    _SELF_MADE: "a pain brought upon oneself",
    r"rule: urgent share of the text's time words": "urgent share of time words",
    r"calculus: course of valence over the sentences": "course over the sentences",
    r"rule: (?P<count>\d+) person\(s\) at stake, a community counting as four, the bar full from (?P<full>\d+) on": (
        "{count} at stake, full from {full}"
    ),
    r"rule: (?P<count>\d+) person\(s\) at stake, a community counting as four, the bar full from (?P<full>\d+) on: "
    r"nobody is named, the teller is counted": "the teller alone, full from {full}",
    r"table: six-dimensional emotion": "six-dimensional emotion",
    r"table: six-dimensional emotion \(arousal and dominance of the text\)": "six-dimensional emotion",
}

_TABLES: Final[dict[Language, dict[str, str]]] = {"en": _EN, "ko": _KO}
_PATTERNS: Final[dict[Language, tuple[tuple[re.Pattern[str], str], ...]]] = {
    language: tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in table.items())
    for language, table in _TABLES.items()
}


_PATH: Final = re.compile(r"(?P<noun>\w+)s\[(?P<index>\d+)\]")


class Phrases:
    """Says a phrase of a result in one language; a phrase without an entry, such as an error's text, stays as it is."""

    def __init__(self, language: Language) -> None:
        self._patterns, self._say = _PATTERNS[language], Labels(language)

    def __call__(self, phrase: str) -> str:
        """The phrase in that language."""
        for pattern, words in self._patterns:
            if match := pattern.fullmatch(phrase):
                return words.format(**{name: self._group(name, found) for name, found in match.groupdict().items()})
        return phrase

    def _group(self, name: str, found: str) -> str:
        if name == "inner":
            return self(found)
        return ", ".join(map(self._label, found.split(", "))) if name == "names" else found

    def _label(self, name: str) -> str:
        """A label; 'sentences[0]' is the first one, which the report marks [1]."""
        path = _PATH.fullmatch(name)
        return f"{self._say(path['noun'])} [{int(path['index']) + 1}]" if path else self._say(name)
