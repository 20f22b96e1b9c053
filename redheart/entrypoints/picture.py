"""A picture file: its format, its empty figure, written whole or not at all. Needs the extra `plot`."""

from __future__ import annotations

import io
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from redheart.errors import ConfigError, InputError

FORMATS: Final = ("png", "svg", "pdf")
#: No date and no random name in a file: the same figures give the same bytes.
_UNDATED: Final[dict[str, dict[str, None]]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def refuse_no_picture(out: Path, option: str = "--plot") -> None:
    """Raises ConfigError for a name, given by `option`, without a picture format, or without matplotlib."""
    if _format(out) not in FORMATS:
        raise ConfigError(f"{option} '{out}': no picture format. End the name in one of: .{', .'.join(FORMATS)}.")
    if find_spec("matplotlib") is None:
        raise ConfigError(f"{option} '{out}' needs matplotlib, which is not installed: pip install 'redheart[plot]'.")


def empty_figure(width: float, height: float) -> Any:
    """A matplotlib figure in inches that belongs to nobody else: no pyplot, no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save_picture(figure: Any, out: Path, option: str = "--plot") -> None:
    """Drawn in memory, written beside `out`, put in its place. Raises InputError if the disk refuses."""
    import matplotlib

    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "redheart"}):
        figure.savefig(drawn, format=_format(out), dpi=150, metadata=_UNDATED[_format(out)])
    target = out.resolve()
    if target.exists() and not target.is_file():
        raise InputError(f"{option} '{out}' is no regular file. Choose another name.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            part.write_bytes(drawn.getvalue())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{option} '{out}' cannot be written ({error.strerror}). Choose another place.") from error


def _format(out: Path) -> str:
    return out.suffix.lower().removeprefix(".")
