"""What the words of a text say of regret: feelings, counterfactual forms, and whether something done or not done."""

from redheart.situation import english_counterfactuals, korean_counterfactuals
from redheart.situation.english_deeds import english_deed
from redheart.situation.english_feelings import english_feelings
from redheart.situation.korean_deeds import korean_deed
from redheart.situation.korean_feelings import korean_feelings
from redheart.situation.tagged import Tagged
from redheart.types.situation import Language, RegretCues


def find_regret_cues(text: str, language: Language) -> RegretCues:
    """All cues, each with its span in `text`; nothing is weighed, and nothing found is no proof of no regret."""
    return _korean(text) if language == "ko" else _english(text)


def _korean(text: str) -> RegretCues:
    tagged = Tagged(text)
    feelings, supposed = korean_feelings(tagged), korean_counterfactuals.korean_counterfactuals(tagged)
    return RegretCues(
        feelings=tuple(feelings),
        counterfactuals=tuple(korean_counterfactuals.as_cue(each) for each in supposed),
        deed=korean_deed(tagged, feelings, supposed),
    )


def _english(text: str) -> RegretCues:
    feelings, supposed = tuple(english_feelings(text)), english_counterfactuals.english_counterfactuals(text)
    return RegretCues(
        feelings=feelings,
        counterfactuals=tuple(english_counterfactuals.as_cue(text, each) for each in supposed),
        deed=english_deed(text, feelings, supposed),
    )
