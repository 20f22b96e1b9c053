"""A text -> its situation, by rules alone."""

from collections.abc import Sequence
from typing import Literal

from redheart.errors import InputError
from redheart.situation.clauses import split_clauses
from redheart.situation.language import detect_language
from redheart.situation.options import as_options, find_options, template_options
from redheart.situation.regret_cues import find_regret_cues
from redheart.situation.sentences import split_sentences
from redheart.situation.stakeholders import find_stakeholders
from redheart.situation.urgency import find_urgency
from redheart.types.situation import TEMPLATE_WARNING, Language, Option, Situation


def parse_situation(
    text: str, language: Language | Literal["auto"], user_options: Sequence[str], max_options: int
) -> Situation:
    """Language, sentences, clauses, stakeholders, options, urgency, words of regret. Offsets refer to `text` as given.

    Options are (1) the user's, else (2) those that the text names, else (3) three templates, with a warning.
    Raises InputError for a white text, an undetermined language, a white option, or more than `max_options` options.
    """
    if not text.strip():
        raise InputError(f"the text '{text[:30]!r}' is empty. Give one with --text, --file or --stdin.")
    spoken, source = (language, "given") if language != "auto" else detect_language(text)
    sentences = split_sentences(text, spoken)
    options = _options(text, spoken, user_options, max_options)
    return Situation(
        language=spoken,
        language_source=source,
        sentences=sentences,
        clauses=split_clauses(sentences[0], spoken) if len(sentences) == 1 else (),
        stakeholders=find_stakeholders(text, spoken),
        options=options,
        urgency=find_urgency(text, spoken),
        regret=find_regret_cues(text, spoken),
        warnings=(TEMPLATE_WARNING,) if options[0].origin == "template" else (),
    )


def check_length(text: str, max_characters: int) -> None:
    """Raises InputError for a text over the limit, in characters."""
    if len(text) > max_characters:
        raise InputError(
            f"the text has '{len(text)}' characters, input.max_characters allows {max_characters}. "
            f"Shorten it, or raise the limit: --set input.max_characters={len(text)}."
        )


def _options(text: str, language: Language, user_options: Sequence[str], max_options: int) -> tuple[Option, ...]:
    for option in user_options:
        if not option.strip():
            raise InputError(f"the option '{option}' is empty. Leave it out, or say what can be done.")
    found = (
        as_options(user_options, "user")  # (1)
        or find_options(text, language)  # (2)
        or template_options(language)  # (3)
    )
    if len(found) > max_options:
        raise InputError(
            f"there are '{len(found)}' options (from: {found[0].origin}), input.max_options allows {max_options}. "
            f"Give fewer, or raise the limit: --set input.max_options={len(found)}."
        )
    return found
