"""JSON objects of a file -> checked rows or records, one kind a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from redheart.config.refusals import did_you_mean
from redheart.nn.network.targets import RECORD_EMOTIONS
from redheart.training.corpus.faults import Faults, Unfit, shown
from redheart.training.corpus.schema import Bentham, DecisionProfile, Entry, RecordEntry, RowEntry, VariantEntry

Kind = Literal["rows", "labelled records", "labelled records, variant"]
MODELS: Final[Mapping[Kind, type[Entry]]] = {
    "rows": RowEntry, "labelled records": RecordEntry, "labelled records, variant": VariantEntry
}  # fmt: skip
#: Fields by which a kind is told.
_TOLD_BY: Final[Mapping[Kind, frozenset[str]]] = {
    "labelled records, variant": frozenset({"emotion_vector", "emotion_labels", "context_embedding", "metadata"}),
    "labelled records": frozenset({"emotions", "regret_factor", "bentham_scores", "surd_metrics", "action", "title"}),
    "rows": frozenset({"labels", "scores", "choices", "text_b", "meta", "split", "lang"}),
}
_NESTED: Final[Mapping[str, type[BaseModel]]] = {"bentham_scores": Bentham, "surd_metrics": DecisionProfile}
#: What is said of a value that does not fit, by pydantic's word for it.
_WANTED: Final[Mapping[str, str]] = {
    "string_type": "a text is wanted",
    "string_unicode": "it holds half of a character (a lone surrogate)",
    "int_type": "a whole number is wanted",
    "float_type": "a number is wanted",
    "finite_number": "a finite number is wanted",
    "list_type": "a list is wanted",
    "dict_type": "an object is wanted",
    "model_type": "an object is wanted",
    "greater_than_equal": "it must be {ge:g} or more",
    "less_than_equal": "it must be {le:g} or less",
}


def kind_of(found: Mapping[str, Any]) -> Kind | None:
    """Which format an object is of: the one that has most of its fields."""
    best = max(_TOLD_BY, key=lambda kind: len(_TOLD_BY[kind] & found.keys()))
    return best if _TOLD_BY[best] & found.keys() else None


def entries_of(
    objects: Iterable[tuple[int, dict[str, Any]]], kind: Kind, begun: int, faults: Faults
) -> Iterator[tuple[int, Entry]]:
    """Objects -> entries of one kind, which the object on line `begun` has set; what does not fit becomes a fault."""
    model = MODELS[kind]
    for line, found in objects:
        other = kind_of(found)
        if other not in (None, kind):
            faults.add(line, f"one of '{other}' among '{kind}', as line {begun} is. Put them into files of their own.")
            continue
        try:
            yield line, model.model_validate(found)
        except ValidationError as error:
            where, message = _told(error.errors(include_url=False)[0], model)
            faults.add(line, message, where)


def refuse_kind(found: Mapping[str, Any]) -> Unfit:
    """What is said of an object of no known format."""
    fields = ", ".join(f"'{name[:30]}'" for name in list(found)[:8]) or "none"
    return Unfit(
        f"its fields ({fields}) are neither a row's (id, text, {', '.join(sorted(_TOLD_BY['rows']))}) nor a labelled "
        f"record's (id, text, label, {', '.join(sorted(_TOLD_BY['labelled records']))}). Rename them."
    )


def _told(error: ErrorDetails, model: type[Entry]) -> tuple[str, str]:
    """Field, message: the value in quotes where it is no text, then the mend."""
    keys = [str(key) for key in error["loc"]]
    keys = keys[:1] if keys[0] == "id" else keys  # a union of types: pydantic names the type too
    where, value = ".".join(keys), shown(".".join(keys), error["input"])
    match error["type"]:
        case "missing":
            return where, "it is missing. Add it."
        case "extra_forbidden":
            known = _NESTED.get(keys[0], model).model_fields
            return where, f"it is unknown.{did_you_mean(keys[-1], known)}"
        case "string_pattern_mismatch":
            return where, f"{value} that says nothing. Give a text, or drop the row."
        case "too_short" | "too_long":
            count = len(error["input"])
            return where, f"'{count}' numbers where seven should be. Give one each for {', '.join(RECORD_EMOTIONS)}."
        case "literal_error":
            return where, f"{value} is none of {error['ctx']['expected']}. Choose one of them."
    wanted = _WANTED.get(error["type"], "it does not fit").format_map(error.get("ctx", {}))
    if where in ("id", "text"):
        wanted = "a text or a whole number is wanted" if where == "id" else wanted
        return where, f"{value} is refused: {wanted}. Mend it, or drop the row."
    return where, f"{value} is refused: {wanted}. Mend it, or leave the field out where nobody said."
