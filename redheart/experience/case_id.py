"""The name of a case: the same text is the same case."""

import hashlib
import unicodedata


def case_id(text: str) -> str:
    """SHA-256, in hex, of the NFC-normalised text with every run of white space as one space and none at its ends."""
    squeezed = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(squeezed.encode("utf-8")).hexdigest()
