"""A Korean text as one line of form/TAG words, so that a regular expression can find a construction in it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from redheart.situation.kiwi import kiwi

#: Between two sentences.
BREAK: Final = "¶/¶"
_QUOTED: Final = re.compile(r'"[^"\n]*"|“[^”\n]*”|「[^」\n]*」')
#: Kiwi's mark of regular and irregular stems.
_CONJUGATION: Final = re.compile(r"-[RI]$")


@dataclass(frozen=True, slots=True)
class Found:
    """Tokens [first, last] that a pattern matched; offsets are code points into the text."""

    first: int
    last: int
    start: int
    end: int
    text: str
    match: re.Match[str]
    quoted: bool


@dataclass(slots=True)
class Tagged:
    """One text; `line` has a space on both sides of every word."""

    text: str
    tokens: list[Any] = field(init=False)  # one a word of the line; None for a break
    line: str = field(init=False)
    _starts: list[int] = field(init=False)
    _quotes: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens, words, last = [], [], None
        for token in kiwi().tokenize(self.text):
            if last is not None and token.sent_position != last.sent_position:
                self.tokens.append(None)
                words.append(BREAK)
            self.tokens.append(token)
            words.append(f"{token.form}/{_CONJUGATION.sub('', token.tag)}")
            last = token
        self.line = f" {' '.join(words)} " if words else " "
        self._starts = [match.start() for match in re.finditer(r"\S+", self.line)]
        self._quotes = [match.span() for match in _QUOTED.finditer(self.text)]

    def find(self, pattern: re.Pattern[str]) -> Iterator[Found]:
        """Matches of a pattern that begins with a word; a group named `at` stands for the whole where it took part."""
        for match in pattern.finditer(self.line):
            group = "at" if "at" in pattern.groupindex and match["at"] is not None else 0
            yield self._found(match, *match.span(group))

    def _found(self, match: re.Match[str], start: int, end: int) -> Found:
        first = bisect_left(self._starts, start)
        last = bisect_right(self._starts, max(start, end - 2)) - 1
        left, right = self.tokens[first].start, self.tokens[last].end
        quoted = any(a <= left and right <= b for a, b in self._quotes)
        return Found(first, last, left, right, self.text[left:right], match, quoted)

    def before(self, index: int) -> str:
        """The words of the same sentence before token `index`."""
        line = self.line[: self._starts[index]]
        return line[line.rfind(BREAK) + len(BREAK) :] if BREAK in line else line

    def after(self, index: int) -> str:
        """The words of the same sentence behind token `index`."""
        rest = self.line[self._starts[index] :]
        rest = rest[rest.find(" ") :]
        return rest.split(BREAK, 1)[0]

    def sentence(self, index: int) -> str:
        """All words of the sentence that token `index` stands in."""
        word = self.line[self._starts[index] :].split(" ", 1)[0]
        return f"{self.before(index)}{word}{self.after(index)}"

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Offsets of tokens [first, last]."""
        return self.tokens[first].start, self.tokens[last].end
