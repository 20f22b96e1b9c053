"""How a refused setting is said: one sentence with the key, the value in quotes, the mend."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_LONGEST_VALUE = 60


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """' Did you mean 'x'? Choose one of: ...', without the question where nothing is near."""
    known = list(choices)
    near = get_close_matches(word, known, 1)
    return f"{_question(near)} Choose one of: {', '.join(known)}."


def refusal(root: type[BaseModel], error: ErrorDetails, origin: str) -> str:
    """One sentence for one error of pydantic; `origin` is the file or variable that set the key, or empty."""
    keys = [str(part) for part in error["loc"]]
    setting = f"setting '{'.'.join(keys)}'{_where(origin)}"
    if error["type"] == "extra_forbidden":
        return f"{setting}: unknown key.{_near_key(root, keys)}"
    return f"{setting}: {error['msg']} (got '{_short(error['input'])}')."


def section_refusal(root: type[BaseModel], key: str, origin: str) -> str:
    """One sentence for a plain value in a section's place."""
    section = _section(root, [key])
    keys = ", ".join(section.model_fields) if section else ""
    return f"setting '{key}'{_where(origin)} is a section, not a value. Set one of its keys: {keys}."


def is_section(root: type[BaseModel], key: str) -> bool:
    """True if a top-level key holds a section."""
    return _section(root, [key]) is not None


def section_field(root: type[BaseModel], keys: Sequence[str]) -> FieldInfo | None:
    """The field at a dotted place of the schema, or None."""
    section = _section(root, keys[:-1])
    return section.model_fields.get(keys[-1]) if section else None


def _near_key(root: type[BaseModel], keys: Sequence[str]) -> str:
    section = _section(root, keys[:-1])
    if section is None:
        return ""
    near = get_close_matches(keys[-1], section.model_fields, 1)
    return _question(near) if near else f" Choose one of: {', '.join(section.model_fields)}."


def _question(near: Sequence[str]) -> str:
    return f" Did you mean '{near[0]}'?" if near else ""


def _section(root: type[BaseModel], keys: Sequence[str]) -> type[BaseModel] | None:
    """The section at a dotted place, or None where a plain value or nothing stands."""
    for key in keys:
        field = root.model_fields.get(key)
        kind = field.annotation if field else None
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return None
        root = kind
    return root


def _where(origin: str) -> str:
    return f" in {origin}" if origin else ""


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
