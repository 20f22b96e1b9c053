"""The one canonical list of emotions, and the tables that map other vocabularies onto it."""

from typing import Final

#: The 28 GoEmotions names (Demszky et al., ACL 2020), in the order of that paper's label file.
EMOTIONS: Final[tuple[str, ...]] = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip

#: Korean names of the canonical emotions, for readers of Korean texts.
EMOTION_LABELS_KO: Final[dict[str, str]] = {
    "admiration": "감탄", "amusement": "재미", "anger": "분노", "annoyance": "짜증", "approval": "공감·인정",
    "caring": "아끼는 마음", "confusion": "혼란", "curiosity": "궁금함", "desire": "바라는 마음",
    "disappointment": "실망", "disapproval": "못마땅함", "disgust": "혐오", "embarrassment": "부끄러움",
    "excitement": "설렘", "fear": "두려움", "gratitude": "고마움", "grief": "비탄", "joy": "기쁨", "love": "사랑",
    "nervousness": "불안", "optimism": "낙관", "pride": "자부심", "realization": "깨달음", "relief": "안도",
    "remorse": "후회·죄책감", "sadness": "슬픔", "surprise": "놀람", "neutral": "중립",
}  # fmt: skip

#: Sign of each emotion where it is plain: +1 pleasant, -1 unpleasant, 0 open (GoEmotions sentiment groups).
POLARITY: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("admiration", "amusement", "approval", "caring", "desire", "excitement", "gratitude", "joy", "love",
         "optimism", "pride", "relief"), 1),
    **dict.fromkeys(
        ("anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear", "grief",
         "nervousness", "remorse", "sadness"), -1),
    **dict.fromkeys(("confusion", "curiosity", "realization", "surprise", "neutral"), 0),
}  # fmt: skip

#: The 44 KOTE names (Jeon et al., arXiv 2205.05300); 없음 means that no emotion was marked.
KOTE: Final[tuple[str, ...]] = (
    "불평/불만", "환영/호의", "감동/감탄", "지긋지긋", "고마움", "슬픔", "화남/분노", "존경", "기대감", "우쭐댐/무시함",
    "안타까움/실망", "비장함", "의심/불신", "뿌듯함", "편안/쾌적", "신기함/관심", "아껴주는", "부끄러움", "공포/무서움",
    "절망", "한심함", "역겨움/징그러움", "짜증", "어이없음", "없음", "패배/자기혐오", "귀찮음", "힘듦/지침",
    "즐거움/신남", "깨달음", "죄책감", "증오/혐오", "흐뭇함(귀여움/예쁨)", "당황/난처", "경악", "부담/안_내킴",
    "서러움", "재미없음", "불쌍함/연민", "놀람", "행복", "불안/걱정", "기쁨", "안심/신뢰",
)  # fmt: skip

#: KOTE name -> the canonical emotion it is evidence for. Names without a plain counterpart are left out.
KOTE_TO_EMOTION: Final[dict[str, str]] = {
    "불평/불만": "annoyance", "환영/호의": "approval", "감동/감탄": "admiration", "지긋지긋": "annoyance",
    "고마움": "gratitude", "슬픔": "sadness", "화남/분노": "anger", "존경": "admiration", "기대감": "optimism",
    "안타까움/실망": "disappointment", "뿌듯함": "pride", "편안/쾌적": "relief", "신기함/관심": "curiosity",
    "아껴주는": "caring", "부끄러움": "embarrassment", "공포/무서움": "fear", "절망": "grief",
    "한심함": "disapproval", "역겨움/징그러움": "disgust", "짜증": "annoyance", "어이없음": "disapproval",
    "없음": "neutral", "패배/자기혐오": "remorse", "즐거움/신남": "amusement", "깨달음": "realization",
    "죄책감": "remorse", "증오/혐오": "disgust", "흐뭇함(귀여움/예쁨)": "love", "당황/난처": "confusion",
    "경악": "surprise", "서러움": "sadness", "불쌍함/연민": "caring", "놀람": "surprise", "행복": "joy",
    "불안/걱정": "nervousness", "기쁨": "joy", "안심/신뢰": "relief", "힘듦/지침": "sadness",
}  # fmt: skip

#: The eight base emotions (Plutchik 1980) -> canonical members.
BASE_EMOTIONS: Final[dict[str, tuple[str, ...]]] = {
    "joy": ("joy", "amusement", "excitement", "pride", "relief", "love"),
    "trust": ("approval", "admiration", "caring", "gratitude"),
    "fear": ("fear", "nervousness"),
    "surprise": ("surprise", "confusion", "realization"),
    "sadness": ("sadness", "grief", "disappointment", "remorse", "embarrassment"),
    "disgust": ("disgust", "disapproval"),
    "anger": ("anger", "annoyance"),
    "anticipation": ("optimism", "desire", "curiosity"),
}

#: Cultural axes; `calculus/culture.py` says what each is composed of.
AXIS_LABELS_KO: Final[dict[str, str]] = {"jeong": "정", "han": "한", "chemyeon": "체면"}
