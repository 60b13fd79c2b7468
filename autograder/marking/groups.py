"""Which answers are equal or nearly equal, so that one mark does for all of them.

Two answers in words are *equal* if they have the same words and signs: case, white space and
punctuation do not count. They are *nearly equal* if nine tenths of their characters are the same
and no decisive word differs (:mod:`.decisive`): "stable" is nearly "unstable", and means the
opposite. All are compared with the first answer of a group, so that no chain of small differences
joins what differs much. Nothing is marked by being in a group: a person sees the differences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal
from zlib import crc32

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from .decisive import decisive, words_of
from .types import Group, Part

__all__ = ["differences", "group"]

ALIKE = 0.9
"""The least similarity of nearly equal answers: 1 - (edits / characters of the longer one)."""
COMPARED = 2_000
"""The characters of an answer of which some may differ; all below must be equal."""
_SHARED = 0.5  # of the words of nearly equal answers, at least: which pairs are worth comparing
_WORK = 5 * 10**7  # characters to compare, in half a second: then only equal ones are joined
_BLOCK = 256
_SLOTS = 512
_COMMENT = re.compile(r"""("(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+')|\#[^\n]*""")
Kind = Literal["same", "more", "less"]


def group(
    texts: Mapping[str, str], kind: Literal["words", "code", "task"] = "words"
) -> list[Group]:
    """The groups of a class, the largest first; empty answers are one group, the last.

    texts : by student. kind : code is only joined if it is the same but for comments, blank lines
    and spaces. The result does not depend on the order of the texts.
    """
    keys: dict[str, str] = {}
    equal: dict[str, list[str]] = defaultdict(list)
    for student in sorted(texts):
        text = texts[student]
        if text not in keys:
            keys[text] = _key(text, kind)
        # What a picture shows is in no text.
        alone = f" \0{student}" if "](attachment:" in text else ""
        equal[keys[text] + alone].append(student)
    empty = equal.pop("", [])
    # The answer that most have is the first one of its group.
    order = sorted(equal, key=lambda key: (-len(equal[key]), key))
    joined = [[key] for key in order] if kind == "code" else _joined(order)
    groups = [_group([equal[key] for key in keys_of_one], texts) for keys_of_one in joined]
    groups.sort(key=lambda group: (-len(group.members), group.members))
    return groups + ([_group([empty], texts)] if empty else [])


def _group(equal: Sequence[Sequence[str]], texts: Mapping[str, str]) -> Group:
    """The group of these students, who come in lists of those with equal answers."""
    [first, *_], *others = equal
    parts: dict[str, tuple[Part, ...]] = {}
    for text in {texts[student] for students in others for student in students}:
        parts[text] = differences(texts[first], text)
    return Group(
        members=tuple(student for students in equal for student in students),
        differences={name: parts[texts[name]] for students in others for name in students},
    )


def _key(text: str, kind: str) -> str:
    """What is the same for equal answers; "" for an empty one."""
    if kind == "code":
        code = _COMMENT.sub(r"\1", text)
        return "\n".join(line.rstrip() for line in code.splitlines() if line.strip())
    return " ".join(words_of(text)) or text.strip()


def _joined(keys: Sequence[str]) -> list[list[str]]:
    """The keys of each group. Those of one group are decided by the same words."""
    alike: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for key in keys:
        alike[decisive(key.split()), key[COMPARED:]].append(key)
    work = _WORK
    groups: list[list[str]] = []
    for bucket in alike.values():
        joined: dict[int, list[str]] = {}
        heads = [key[:COMPARED] for key in bucket]
        for at, candidates in _candidates(heads):
            firsts = [first for first in candidates if first in joined]
            work -= len(heads[at]) * len(firsts)
            if firsts and work > 0:
                row = cdist(
                    [heads[at]],
                    [heads[first] for first in firsts],
                    scorer=Levenshtein.normalized_similarity,
                    score_cutoff=ALIKE,
                )[0]
                best = int(row.argmax())
                if row[best] >= ALIKE:
                    joined[firsts[best]].append(bucket[at])
                    continue
            joined[at] = [bucket[at]]
        groups += joined.values()
    return groups


def _candidates(heads: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """Each text's number, and the numbers of those before it that share enough words with it."""
    if len(heads) == 1:
        yield 0, []
        return
    has = np.zeros((len(heads), _SLOTS), dtype=np.float32)
    for at, head in enumerate(heads):
        has[at, [crc32(word.encode()) % _SLOTS for word in head.split()]] = 1
    sizes = has.sum(axis=1)
    for begin in range(0, len(heads), _BLOCK):
        shared = has[begin : begin + _BLOCK] @ has[: begin + _BLOCK].T
        for at, row in enumerate(shared, begin):
            enough = row[:at] >= _SHARED * np.maximum(sizes[:at], sizes[at])
            yield at, np.flatnonzero(enough).tolist()


# ------------------------------------------------------------------------------------ differences


def differences(one: str, other: str) -> tuple[Part, ...]:
    """`other` word by word, beside `one`; case, white space and punctuation do not count.

    >>> [(part.kind, part.text) for part in differences("It grows fast.", "it shrinks fast")]
    [('same', 'it '), ('less', 'grows '), ('more', 'shrinks '), ('same', 'fast')]
    """
    ones, others = (re.findall(r"\s*\S+\s*", text) for text in (one, other))
    begin = _common(ones, others)
    end = _common(ones[begin:][::-1], others[begin:][::-1])
    middle, other_middle = (words[begin : len(words) - end] for words in (ones, others))
    parts: list[tuple[Kind, list[str]]] = [("same", others[:begin])]
    for edit in Levenshtein.opcodes(
        *([*map(_word_key, words)] for words in (middle, other_middle))
    ):
        words = other_middle[edit.dest_start : edit.dest_end]
        if edit.tag == "equal":
            parts.append(("same", words))
        else:
            parts += [("less", middle[edit.src_start : edit.src_end]), ("more", words)]
    parts.append(("same", others[len(others) - end :]))
    return tuple(
        Part(kind, "".join(word for _, words in run for word in words))
        for kind, run in groupby((part for part in parts if part[1]), key=itemgetter(0))
    )


def _common(ones: Sequence[str], others: Sequence[str]) -> int:
    """How many words are the same at the beginning."""
    pairs = enumerate(zip(ones, others, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(ones), len(others)))


def _word_key(word: str) -> str:
    return " ".join(words_of(word)) or word.strip()
