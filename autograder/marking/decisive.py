"""The words of an answer, and those that decide what it means.

Two sentences that differ in one word may say the same, or the opposite. So a number, a sign, a
formula, a variable, a negation and a word that has an opposite are never taken for a slip of the
pen. The lists are longer than they need to be: a word too many only makes a group smaller.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["decisive", "words_of"]

_TOKEN = re.compile(
    r"""
    \$[^$]++\$ | `[^`]++`                                     # a formula, or code
    | \d++(?:[.,]\d++)*+(?:e[+-]?\d++)?+                      # a number
    | [^\W\d_]++(?:'[^\W\d_]++)?+                             # a word
    | [<>=~≤≥≠≈±+×÷·√∂∇∑∏∫∞∝→←↑↓⇒^%]                          # a sign
    | (?<=[\w)])[*/](?=[\w(])                                 # not of bold text, nor a list's
    | -(?=[\d.(] | [^\W\d_]\b) | (?<=[^\s]\ )-(?=\ [\w(])     # a minus, but no hyphen
    """,
    re.VERBOSE,
)
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_SPELLING = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "−": "-", "–": " ", "—": " "})

_WORDS = """
non anti semi no not nor never none nothing nobody nowhere neither without cannot hardly barely
few little yes true false always sometimes often rarely seldom usually all some any every only
both either more less most least up down before after first last next over under above below left
right wrong same different equal good bad better worse best worst high higher highest low lower
lowest large larger largest small smaller smallest big bigger great greater long longer short
shorter fast faster slow slower quick quickly slowly early earlier late later near nearer far
farther wide wider narrow narrower steep steeper shallow shallower flat flatter strong weak easy
hard max min maximum minimum many much even odd row rows column columns train training test
testing validation input output inputs outputs forward backward toward away begin end start stop
off out inner outer inside outside local global unless zero one two three four five six seven
eight nine ten hundred thousand million half third quarter once twice double triple gain gains
lose loses win wins rise rises fall falls grow grows shrink shrinks add adds remove removes keep
keeps drop drops sum product mean median variance
"""
_DECISIVE = frozenset(_WORDS.split())
_STEMS = re.compile(
    "increas|decreas|positiv|negativ|maxim|minim|multipl|divid|subtract|converg|diverg|explod"
    "|vanish|amplif|dampen|accelerat|decelerat|horizontal|vertical|parallel|perpendicular|linear"
    "|symmetr|deterministic|random|constant|variab|dependent|independent|upper|ascend|descend"
    "|grow|shrink|small|larg|overfit|underfit|succe|fail|improv|worsen|reduc|rais"
)
_PREFIX = re.compile("(?:un|non|in|im|ir|il|dis|mis|anti|over|under|de)(?=[a-z]{3})")


def words_of(text: str) -> list[str]:
    """Words, numbers, signs, formulas and code, without case, white space and punctuation.

    >>> words_of("The *step* isn’t too large: $W  x$ > 0.5!")
    ['the', 'step', "isn't", 'too', 'large', '$Wx$', '>', '0.5']
    """
    text = _SUPERSCRIPT.sub(r"^\g<0>", text)  # or 10² would be 102
    text = unicodedata.normalize("NFKC", text).translate(_SPELLING)
    return [
        "".join(token.split()) if token[0] in "$`" else token.casefold()
        for token in _TOKEN.findall(text)
    ]


def decisive(words: Iterable[str]) -> tuple[str, ...]:
    """What of these words decides the meaning, in order.

    >>> decisive(words_of("It doesn't increase, and decreases the unstable loss after 3 steps."))
    ('not', 'increas', 'decreas', 'un', 'after', '3')
    """
    return tuple(filter(None, map(_decides, words)))


@lru_cache(maxsize=100_000)
def _decides(word: str) -> str:
    """What the word decides by, "" if by nothing."""
    if not word[0].isalpha() or word in _DECISIVE or (len(word) == 1 and word not in "ai"):
        return word
    if word.endswith("n't") or word in ("dont", "doesnt", "isnt", "cant", "wont", "didnt"):
        return "not"
    match = _STEMS.match(word) or _PREFIX.match(word)
    return match[0] if match else ""
