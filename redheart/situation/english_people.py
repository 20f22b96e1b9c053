"""English words that name people: data for finding stakeholders."""

from typing import Final


def _same_in_both_numbers(nouns: str) -> dict[str, str]:
    """Singular and plural of regular nouns -> the singular."""
    return {form: noun for noun in nouns.split() for form in (noun, noun + "s")}


SELF: Final = frozenset("i me my mine myself".split())
#: Any form in the text -> the name it is listed under.
COMMUNITY: Final[dict[str, str]] = {
    **dict.fromkeys("we us our ours ourselves".split(), "we"),
    **dict.fromkeys("neighbours neighbors neighbourhood neighborhood".split(), "neighbours"),
    **{word: word for word in "people everyone everybody team society community company school public class staff crew "
       "nation country government world humanity citizens audience church village office".split()},
}  # fmt: skip
OTHERS: Final[dict[str, str]] = {
    **dict.fromkeys("he him his himself".split(), "he"),
    **dict.fromkeys("she her hers herself".split(), "she"),
    **dict.fromkeys("they them their theirs themselves".split(), "they"),
    **dict.fromkeys("you your yours yourself".split(), "you"),
    # family
    **dict.fromkeys("mother mom mum mommy mama".split(), "mother"),
    **dict.fromkeys("father dad daddy papa".split(), "father"),
    **dict.fromkeys("child children".split(), "child"),
    **dict.fromkeys("wife wives".split(), "wife"),
    **dict.fromkeys("baby babies".split(), "baby"),
    **dict.fromkeys("family families".split(), "family"),
    "husband": "husband",
    **_same_in_both_numbers(
        "brother sister son daughter parent sibling twin grandmother grandfather grandma grandpa grandparent "
        "uncle aunt cousin nephew niece partner boyfriend girlfriend fiance spouse kid ex"
    ),
    # work, school, callings
    **dict.fromkeys("coworker coworkers colleague colleagues".split(), "colleague"),
    "patients": "patients",
    "police": "police",
    **_same_in_both_numbers(
        "boss manager teacher professor student classmate doctor nurse lawyer officer customer client employee "
        "employer coach driver supervisor intern"
    ),
    # acquaintances, strangers
    **dict.fromkeys("woman women".split(), "woman"),
    **dict.fromkeys("man men".split(), "man"),
    "neighbour": "neighbour",
    "neighbor": "neighbour",
    **_same_in_both_numbers("friend roommate flatmate landlord tenant stranger guest boy girl victim"),
}
