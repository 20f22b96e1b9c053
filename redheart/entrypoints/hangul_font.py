"""A font for a picture's words: Hangul needs one that is not installed everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from redheart.errors import ConfigError

FAMILIES: Final = (
    "NanumGothic", "NanumBarunGothic", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo",
)  # fmt: skip
#: What is asked for where the file keeps its words as text and a viewer draws them.
ANY: Final = ("NanumGothic", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo", "sans-serif")
_FILES: Final = re.compile(r"nanum(barun)?gothic|notosans(cjk|kr)|malgun|applesdgothic", re.IGNORECASE)
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def font_for(words: str, out: Path) -> list[str]:
    """The families to draw `words` with. Raises ConfigError where they are Hangul, `out` is no SVG and no font has it.

    An SVG keeps its words as text, so it is drawn by whatever font its reader has.
    """
    if not _HANGUL.search(words):
        return ["DejaVu Sans"]
    if family := _installed():
        return [family, "DejaVu Sans"]
    if out.suffix.lower() == ".svg":
        return list(ANY)
    raise ConfigError(
        f"'{out}': no font with Hangul was found, and boxes would be drawn. Install one (Debian, Ubuntu: apt install "
        "fonts-nanum), or end the name in .svg, which keeps the words as text."
    )


def _installed() -> str | None:
    """The first family that is there. Files are looked at, because matplotlib keeps a list from its first run."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {font.fname for font in manager.ttflist}
    for file in font_manager.findSystemFonts():
        if file not in known and _FILES.search(Path(file).name):
            manager.addfont(file)
    families = {font.name for font in manager.ttflist if Path(font.fname).exists()}
    return next((family for family in FAMILIES if family in families), None)
