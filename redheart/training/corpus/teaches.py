"""Which set teaches which target: one table, by the name of a set's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from redheart.nn.heads.appraisal import EVENT_EMOTIONS
from redheart.training.corpus import conversions as convert
from redheart.training.corpus.groups import (
    GroupOf,
    by_choices,
    by_first_words,
    by_goemotions_id,
    by_respondent,
    by_text,
)
from redheart.types.emotions import EMOTIONS, KOTE

#: plain: may be used and passed on, at most with credit or under the same licence.
Licence = Literal["plain", "non-commercial", "research", "unstated"]


@dataclass(frozen=True, slots=True)
class Teaching:
    """What rows of one kind teach; `labels` is all that may stand in their `labels`."""

    targets: tuple[str, ...]
    labels: tuple[str, ...]
    convert: convert.Convert
    provenance: str
    licence: Licence = "unstated"
    group: GroupOf = by_text


_SIGN: Final = ("positive", "negative")
_REASONABLE: Final = ("reasonable", "unreasonable")
_RIGHT: Final = ("RIGHT", "WRONG")
_LESS_ETHICAL: Final = ("text_b_less_ethical", "text_less_ethical")
_PLEASANT: Final = ("text_more_pleasant",)
_COUNTERFACTUAL: Final = ("counterfactual", "not_counterfactual")
_CAUSAL: Final = ("causal", "not_causal")
_ISEAR: Final = ("anger", "disgust", "fear", "guilt", "joy", "sadness", "shame")
_EMOTION: Final = ("emotion", "polarity", "remorse")
_EVENT: Final = ("event_emotion", "remorse")
_reasonable: Final = convert.says("acceptable", "reasonable")
_right: Final = convert.says("acceptable", "RIGHT")
_counterfactual: Final = convert.says("counterfactual", "counterfactual")
_causal: Final = convert.says("causal", "causal")
_less_ethical: Final = convert.prefers("utility", *_LESS_ETHICAL)
_pleasant: Final = convert.prefers("utility", *_PLEASANT)

#: Sets by the name of their file.
SETS: Final[dict[str, Teaching]] = {
    "goemotions_en": Teaching(
        _EMOTION, EMOTIONS, convert.goemotions, "GoEmotions (Demszky et al., ACL 2020): labels by raters; the plain "
        "sign of all labels; remorse is the label of that name", "plain", by_goemotions_id,
    ),
    "goemotions_ko": Teaching(
        _EMOTION, EMOTIONS, convert.goemotions, "GoEmotions in machine translation (J. Park, 2020), labels of the "
        "English rows", "plain", by_goemotions_id,
    ),
    "kote": Teaching(
        ("kote", "polarity"), KOTE, convert.kote, "KOTE (Jeon et al., arXiv 2205.05300): labels by raters; the plain "
        "sign of all labels", "plain",
    ),
    "nsmc": Teaching(("polarity",), _SIGN, convert.polarity, "NSMC (L. Park, 2016): a film review's rating", "plain"),
    "emobank": Teaching(
        ("dimensions",), (), convert.emobank, "EmoBank (Buechel and Hahn, EACL 2017): ratings, (r - 3) / 2", "plain"
    ),
    "crowd_envent": Teaching(
        ("event_emotion", "factors", "appraisal", "duration", "remorse"), EVENT_EMOTIONS, convert.crowd_envent,
        "crowd-enVENT (Troiano et al., CL 2023): writers' own ratings, (r - 1) / 4; predict_conseq stands for "
        "certainty, urgency for propinquity, event_duration for duration (five steps); remorse is guilt or shame",
    ),
    "isear": Teaching(
        (*_EVENT, "factors"), _ISEAR, convert.isear, "ISEAR (Scherer and Wallbott, JPSP 1994): writers' own answers, "
        "(x - 1) / 3; WHEN reversed stands for propinquity, 0 is no answer; remorse is guilt or shame",
        "non-commercial", by_respondent,
    ),
    "ethics_utilitarianism": Teaching(
        ("utility",), _PLEASANT, _pleasant, "ETHICS utilitarianism (Hendrycks et al., ICLR 2021): the more pleasant "
        "of two scenarios", "plain", by_first_words(3, "utilitarianism"),
    ),
    "ethics_justice": Teaching(
        ("acceptable",), _REASONABLE, _reasonable, "ETHICS justice (Hendrycks et al., ICLR 2021): a claim is "
        "reasonable", "plain", by_first_words(5, "justice"),
    ),
    "ethics_deontology": Teaching(
        ("acceptable",), _REASONABLE, _reasonable, "ETHICS deontology (Hendrycks et al., ICLR 2021): an excuse for a "
        "request is reasonable", "plain",
    ),
    "scruples_anecdotes": Teaching(
        ("acceptable",), _RIGHT, _right, "Scruples (Lourie et al., AAAI 2021): readers' verdict on the author",
        "research",
    ),
    "scruples_dilemmas": Teaching(
        ("utility",), _LESS_ETHICAL, _less_ethical, "Scruples dilemmas (Lourie et al., AAAI 2021): the less ethical "
        "of two actions loses", "research",
    ),
    "moralchoice": Teaching(
        ("utility",), ("action1_preferred", "ambiguous"), convert.prefers_action, "MoralChoice (Scherrer et al., "
        "NeurIPS 2023), cases of low ambiguity: the preferred action", "plain",
    ),
    "semeval_cfd": Teaching(
        ("counterfactual",), _COUNTERFACTUAL, _counterfactual, "SemEval-2020 task 5 (Yang et al., 2020)", "research"
    ),
    "amcd_en": Teaching(
        ("counterfactual",), _COUNTERFACTUAL, _counterfactual, "AMCD (O'Neill et al., EMNLP 2021)", "non-commercial"
    ),
    "ecare": Teaching(
        ("cause",), ("0", "1"), convert.plausible, "e-CARE (Du et al., ACL 2022): the more plausible cause or effect",
        "plain",
    ),
    "copa_sse": Teaching(
        ("cause",), ("0", "1"), convert.plausible, "Balanced COPA, COPA-SSE (Brassard et al., LREC 2022)", "plain",
        by_choices,
    ),
    "cnc": Teaching(
        ("causal",), _CAUSAL, _causal, "Causal News Corpus V2 (Tan et al., IJCNLP-AACL 2023)", "plain"
    ),
}  # fmt: skip

#: Sets that are known, and have no label for any target; with the reason.
TEACH_NOTHING: Final[dict[str, str]] = {
    "tweeteval_emotion": "its four emotions come from search words, and no target is made of them",
    "ko_short_emotion": "its seventy emotions have no counterpart among the targets",
    "ko_chatbot": "its labels are topics",
    "ethics_virtue": "no target asks for traits of character",
    "ethics_commonsense": "no target is made of its labels",
    "square_questions": "no target asks what is sensitive",
    "kosbi": "no target asks what is unsafe",
    "unsmile": "no target asks for hate",
    "beep": "no target asks for hate",
    "semeval_cf_spans": "every row is counterfactual, and no target asks for spans",
    "timetravel": "its rows have no label",
}

#: What rows of a set of another name teach, told by its labels alone.
VOCABULARIES: Final[dict[str, Teaching]] = {
    "the 28 GoEmotions names": Teaching(_EMOTION, EMOTIONS, convert.goemotions, "labels by GoEmotions names"),
    "the 44 KOTE names": Teaching(("kote", "polarity"), KOTE, convert.kote, "labels by KOTE names"),
    "positive, negative": Teaching(("polarity",), _SIGN, convert.polarity, "labels positive, negative"),
    "the 13 event emotions": Teaching(_EVENT, EVENT_EMOTIONS, convert.event_emotions, "the emotion a writer names"),
    "reasonable, unreasonable": Teaching(("acceptable",), _REASONABLE, _reasonable, "labels reasonable, unreasonable"),
    "RIGHT, WRONG": Teaching(("acceptable",), _RIGHT, _right, "labels RIGHT, WRONG"),
    "counterfactual, not_counterfactual": Teaching(
        ("counterfactual",), _COUNTERFACTUAL, _counterfactual, "labels counterfactual, not_counterfactual"
    ),
    "causal, not_causal": Teaching(("causal",), _CAUSAL, _causal, "labels causal, not_causal"),
    "text_more_pleasant": Teaching(("utility",), _PLEASANT, _pleasant, "the more pleasant of two texts"),
    "text_less_ethical, text_b_less_ethical": Teaching(
        ("utility",), _LESS_ETHICAL, _less_ethical, "the less ethical of two texts loses"
    ),
}
