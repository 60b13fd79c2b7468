"""Several graders: who has which answers open, and second readings that say how far they agree."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from .saving import total
from .store import QUESTION, Store, key_of
from .types import Mark, Question

__all__ = [
    "Agreement",
    "Disagreement",
    "agreement",
    "chosen_for_second",
    "claim",
    "claimed_by_others",
    "leave",
    "read_again",
    "to_read_again",
]

SECONDS = 300.0
"""For how long an answer stays with the grader who opened it, unless asked for again."""
SHARE = 10
"""One answer of so many is read a second time."""


# ------------------------------------------------------------------------------------------ claims


def claim(
    store: Store,
    question: Question,
    members: Collection[str],
    grader: str,
    seconds: float = SECONDS,
) -> bool:
    """Give the answers of `members` to a grader, all or none: not if another has one of them open.

    Whoever has them already keeps them for `seconds` from now.
    """
    key, now = key_of(question), store.clock()
    with store.writing() as database:
        if set(members) & dict(database.execute(_OTHERS, (*key, grader, now))).keys():
            return False
        database.executemany(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?)",
            [(*key, student, grader, now + seconds) for student in members],
        )
    return True


def claimed_by_others(store: Store, question: Question, grader: str) -> dict[str, str]:
    """Who else has which answers open: {student: grader}."""
    with store.reading() as database:
        rows = database.execute(_OTHERS, (*key_of(question), grader, store.clock()))
        return dict(rows)


def leave(
    store: Store, question: Question, grader: str, members: Collection[str] | None = None
) -> None:
    """Let go of the answers of `members` (of all that the grader has open)."""
    key = key_of(question)
    with store.writing() as database:
        if members is None:
            database.execute(f"DELETE FROM claims WHERE {QUESTION} AND grader = ?", (*key, grader))
            return
        database.executemany(
            f"DELETE FROM claims WHERE {QUESTION} AND grader = ? AND student = ?",
            [(*key, grader, student) for student in members],
        )


_OTHERS = f"SELECT student, grader FROM claims WHERE {QUESTION} AND grader != ? AND until > ?"


# --------------------------------------------------------------------------------- second readings


def chosen_for_second(question: Question, students: Collection[str]) -> list[str]:
    """A random tenth of `students` (one at least), always the same ones."""

    def draw(student: str) -> bytes:
        return hashlib.sha256("\0".join((*key_of(question), student)).encode()).digest()

    return sorted(sorted(students, key=draw)[: math.ceil(len(students) / SHARE)])


def to_read_again(
    store: Store, question: Question, grader: str, students: Collection[str]
) -> list[str]:
    """Answers that another grader has marked, of which `grader` is to give a second reading.

    students : all whose answers are worth reading (not the empty ones); a tenth of them is chosen.
    """
    marks = store.marks(question)
    with store.reading() as database:
        read = set(
            database.execute(
                f"SELECT student, first FROM readings JOIN saves ON id = first WHERE {QUESTION}",
                key_of(question),
            ).fetchall()
        )
    return [
        student
        for student in chosen_for_second(question, students)
        if (kept := marks.get(student))
        and kept.mark.grader != grader
        and (student, kept.save) not in read
    ]


def read_again(store: Store, question: Question, marks: Collection[Mark]) -> None:
    """Keep second readings, beside the marks that they are compared with; the marks stay."""
    first = store.marks(question)
    with store.writing() as database:
        database.executemany(
            "INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    first[mark.student].save,
                    mark.student,
                    json.dumps(mark.items),
                    mark.points,
                    mark.typed,
                    mark.grader,
                    mark.at,
                )
                for mark in marks
                if mark.student in first and first[mark.student].mark.grader != mark.grader
            ],
        )


@dataclass(frozen=True)
class Disagreement:
    """An answer to which two graders gave different points; settled when it is marked again."""

    student: str
    first: float
    first_grader: str
    second: float
    second_grader: str
    settled: bool


@dataclass(frozen=True)
class Agreement:
    """How far second readings agree with the marks.

    n : answers read twice; same : with the same points both times; kappa : Cohen's, None where it
    is not defined.
    """

    n: int
    same: int
    kappa: float | None
    disagreements: tuple[Disagreement, ...] = ()


def agreement(store: Store, question: Question) -> Agreement:
    """Cohen's kappa over the points that two readings of the same answers gave.

    kappa = (p_o - p_e) / (1 - p_e). p_o : the share of answers with the same points; p_e : the
    share to expect if both readers gave their points by chance, each as often as they did: the sum,
    over the points k, of p_1(k) p_2(k). 1: always the same; 0: no more than by chance. It is not
    defined if both always gave the same one. J. Cohen, A coefficient of agreement for nominal
    scales, Educational and Psychological Measurement 20 (1960), 37-46.

    Cohen has two readers; here "first" and "second" may each be several. Points count as
    different however close they are. They are those of the rubric as it is now, so that an item
    that is worth less now is no disagreement.
    """
    pairs = _pairs(store, question)
    n, same = len(pairs), sum(pair.first == pair.second for pair in pairs)
    return Agreement(
        n,
        same,
        _kappa([(pair.first, pair.second) for pair in pairs]),
        tuple(pair for pair in pairs if pair.first != pair.second),
    )


def _kappa(pairs: Collection[tuple[float, float]]) -> float | None:
    n = len(pairs)
    first, second = (Counter(points) for points in zip(*pairs, strict=True)) if pairs else ({}, {})
    by_chance = sum(first[points] * second[points] for points in first.keys() & second.keys())
    if by_chance == n * n:  # in whole numbers, so that 1 is 1
        return None
    same = sum(one == other for one, other in pairs)
    return (same * n - by_chance) / (n * n - by_chance)


def _pairs(store: Store, question: Question) -> list[Disagreement]:
    query = (
        "SELECT marks.student, first, marks.items, marks.points, marks.typed, marks.grader, "
        "readings.items, readings.points, readings.typed, readings.grader FROM readings "
        "JOIN saves ON saves.id = first JOIN marks ON save = first AND marks.student = "
        f"readings.student WHERE {QUESTION} AND state = 'saved' ORDER BY marks.student, first"
    )
    rubric, last = store.items(question), store.last_marked(question)

    def points(items: str, given: float, typed: int) -> float:
        return given if typed else total(rubric, json.loads(items), question.max_points)

    pairs = []
    with store.reading() as database:
        for student, first, *values in database.execute(query, key_of(question)):
            pairs.append(
                Disagreement(
                    student,
                    first=points(*values[:3]),
                    first_grader=values[3],
                    second=points(*values[4:7]),
                    second_grader=values[7],
                    settled=last[student] > first,
                )
            )
    return pairs
