"""What must not be torn apart by a split: texts as they compare, and keys of rows that belong together."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable

from redheart.training.data import Row

GroupOf = Callable[[Row], str]


def normalised(text: str) -> str:
    """The text as duplicates are found by it: compatibility forms, case and white space evened out."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digest_of(text: str) -> bytes:
    """Twelve bytes for a text, the same for duplicates of it."""
    return hashlib.blake2b(normalised(text).encode(), digest_size=12).digest()


def by_text(row: Row) -> str:
    """Rows of the same first text belong together, in whatever set."""
    return f"text:{digest_of(row.text).hex()}"


def by_goemotions_id(row: Row) -> str:
    """A row and its machine translation have one id."""
    return f"goemotions:{row.id}"


def by_first_words(count: int, prefix: str) -> GroupOf:
    """Rows written from one prompt share their first words."""
    return lambda row: f"{prefix}:{' '.join(normalised(row.text).split()[:count])}"


def by_respondent(row: Row) -> str:
    """ISEAR: seven situations a respondent; the id's last digit counts them."""
    return f"isear:{row.id[:-1]}"


def by_choices(row: Row) -> str:
    """Balanced COPA: a premise and its mirror have the same two choices."""
    return "choices:" + "/".join(sorted(map(normalised, row.choices)))
