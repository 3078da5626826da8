"""Where a line of Japanese may end: between phrases, so that nobody reads くださ at an end and い at a start.

Japanese is set without blanks, and typst may break between any two signs that no rule holds together.
A phrase begins where hiragana (an ending, a particle) goes over into another script, at an opening
bracket, and after a comma or a full stop.
"""

# ruff: noqa: RUF001 - full-width marks are right in Japanese.

import itertools
import re
from typing import Final

_JOIN, _BREAK = "\N{WORD JOINER}", "\N{ZERO WIDTH SPACE}"
_WHOLE: Final = ("受け取", "届け出", "お知らせ", "申し訳", "お買い物", "もう一度")  # words in which scripts change
_START = re.compile(
    r"(?<=[、。])(?![、。」）])"  # after a comma or a full stop
    r"|(?<=[」）])(?![ぁ-ん、。」）])"  # after a closing bracket with nothing that leans on it
    r"|(?<=.)(?=[「（])"  # before an opening bracket
    r"|(?<=[ぁ-ん])(?=[おご][一-龠])"  # before a polite prefix
    r"|(?<=[ぁ-ん])(?<![おご])(?=[一-龠ァ-ヶ0-9A-Za-z])"  # hiragana ends
)


def phrases(text: str) -> list[str]:
    """Split Japanese text into its phrases; together they are the text."""
    starts = {found.start() for found in _START.finditer(text)}
    for word in _WHOLE:
        for found in re.finditer(word, text):
            starts -= set(range(found.start() + 1, found.end()))
    edges = [0, *sorted(starts), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges) if a < b]


def kept_together(text: str) -> str:
    """Return the text with invisible marks: a line may end between two phrases, and nowhere else."""
    return _BREAK.join(_JOIN.join(phrase) for phrase in phrases(text))


def without_marks(text: str) -> str:
    """Return text, such as one read back from a page, without the marks of :func:`kept_together`."""
    return text.replace(_JOIN, "").replace(_BREAK, "")
