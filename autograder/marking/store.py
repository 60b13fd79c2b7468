"""What the gradebook has no place for, in a course's ``marking.db``: rubric items, who marked what.

nbgrader's gradebook holds the marks that count. This file holds what they were given for. Nothing
in it is overwritten: each save adds its marks, and the last one saved is an answer's mark. A save
is written twice, before the gradebook's transaction ("intended") and after it ("saved"), so that
whenever a program is killed, it can be seen which of the two happened (:mod:`.saving`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import AutograderError
from .database import Database
from .gradebook import Entry
from .types import Item, Mark, Question

__all__ = ["QUESTION", "Kept", "Save", "Store", "key_of"]

QUESTION = "assignment = ? AND notebook = ? AND cell = ?"
"""A condition for the table of a question's rows, and :func:`key_of` for its values."""
_MARK = (
    "marks.student, marks.items, marks.points, marks.typed, marks.comment, marks.grader, marks.at, "
    "marks.digest"
)

Kind = Literal["mark", "items"]
State = Literal["intended", "saved", "undoing", "undone"]


def key_of(question: Question) -> tuple[str, str, str]:
    """What a question is called in every table."""
    return question.assignment, question.notebook, question.cell


@dataclass(frozen=True)
class Kept:
    """A mark, and the number of the save that it came with."""

    save: int
    mark: Mark


@dataclass(frozen=True)
class Save:
    """Marks that are saved together.

    kind : given by a grader, or changed with a rubric's items; items : the rubric from then on, if
    it changes; before : what the gradebook said of these answers.
    """

    id: int
    grader: str
    kind: Kind
    state: State
    marks: Mapping[str, Mark]
    before: Mapping[str, Entry]
    items: tuple[Item, ...] | None = None


class Store(Database):
    """Rubrics and marks of a course. Each method is one transaction.

    Raises
    ------
    AutograderError : if the file is damaged, locked for long, or cannot be read or written.
    """

    # --------------------------------------------------------------------------------- the rubric

    def items(self, question: Question) -> tuple[Item, ...]:
        """The rubric as it is now: the source's, until a mark was given or it was changed here."""
        with self.reading() as database:
            items = _items(database, question)
        if not items:
            return question.rubric
        return tuple(item for item, deleted in items if not deleted)

    def deleted_items(self, question: Question) -> tuple[Item, ...]:
        """Items that older marks may have."""
        with self.reading() as database:
            return tuple(item for item, deleted in _items(database, question) if deleted)

    # ---------------------------------------------------------------------------------- the marks

    def intend(
        self,
        question: Question,
        marks: Collection[Mark],
        before: Mapping[str, Entry],
        grader: str,
        kind: Kind = "mark",
        items: Sequence[Item] | None = None,
    ) -> int:
        """Keep what is about to be written into the gradebook; returns the save's number."""
        rubric = None if items is None else json.dumps([vars(item) for item in items])
        with self.writing() as database:
            if not _items(database, question):
                # From now on marks refer to these, whatever becomes of the source.
                _set_items(database, question, question.rubric)
            cursor = database.execute(
                "INSERT INTO saves (assignment, notebook, cell, grader, at, kind, state, items) "
                "VALUES (?, ?, ?, ?, ?, ?, 'intended', ?)",
                (*key_of(question), grader, self.now(), kind, rubric),
            )
            save = int(cursor.lastrowid or 0)
            database.executemany(
                "INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(save, mark, before[mark.student]) for mark in marks],
            )
        return save

    def settle(self, question: Question, save: Save | int, state: State) -> None:
        """Say what became of a save; a rubric that came with it takes effect when it is saved."""
        number = save if isinstance(save, int) else save.id
        with self.writing() as database:
            database.execute("UPDATE saves SET state = ? WHERE id = ?", (state, number))
            row = database.execute(
                f"SELECT items FROM saves WHERE {QUESTION} AND state = 'saved' "
                "AND items IS NOT NULL ORDER BY id DESC LIMIT 1",
                key_of(question),
            ).fetchone()
            if row:
                _set_items(database, question, _read_items(row[0]))

    def marks(self, question: Question) -> dict[str, Kept]:
        """Each answer's last saved mark, by student."""
        return self._last(question, "saved")

    def drafts(self, question: Question) -> dict[str, Kept]:
        """What was sent, but did not reach the gradebook, and was not marked since, by student."""
        marks, drafts = self.marks(question), self._last(question, "intended")
        return {
            student: draft
            for student, draft in drafts.items()
            if student not in marks or marks[student].save < draft.save
        }

    def _last(self, question: Question, state: State) -> dict[str, Kept]:
        query = (  # SQLite takes the other columns from the row that has the maximum
            f"SELECT max(save), {_MARK} FROM marks JOIN saves ON saves.id = save "
            f"WHERE {QUESTION} AND state = ? GROUP BY student ORDER BY student"
        )
        with self.reading() as database:
            rows = database.execute(query, (*key_of(question), state))
            return {row[1]: Kept(row[0], _read_mark(row[1:])) for row in rows}

    def last_marked(self, question: Question) -> dict[str, int]:
        """The number of the last save in which a grader marked an answer, by student."""
        with self.reading() as database:
            rows = database.execute(
                "SELECT student, max(save) FROM marks JOIN saves ON saves.id = save "
                f"WHERE {QUESTION} AND state = 'saved' AND kind = 'mark' GROUP BY student",
                key_of(question),
            )
            return dict(rows.fetchall())

    def unsettled(self, question: Question) -> list[Save]:
        """Saves and undoings that were begun, and not said to be done; the oldest first."""
        with self.reading() as database:
            ids = database.execute(
                f"SELECT id FROM saves WHERE {QUESTION} AND state IN ('intended', 'undoing') "
                "ORDER BY id",
                key_of(question),
            ).fetchall()
        return [self.save(id) for (id,) in ids]

    def save(self, number: int) -> Save:
        """A save, with its marks."""
        with self.reading() as database:
            row = database.execute(
                "SELECT id, grader, kind, state, items FROM saves WHERE id = ?", (number,)
            ).fetchone()
            if row is None:
                raise AutograderError(f"{self.path} has no save {number}")
            query = f"SELECT before, {_MARK} FROM marks WHERE save = ? ORDER BY student"
            rows = database.execute(query, (number,)).fetchall()
        marks = {values[1]: _read_mark(values[1:]) for values in rows}
        before = {values[1]: Entry(values[1], *json.loads(values[0])) for values in rows}
        items = _read_items(row[4]) if row[4] else None
        _, grader, kind, state, _ = row
        return Save(number, grader, kind, state, marks, before, items)

    def last_save(self, question: Question, grader: str) -> int | None:
        """The number of a grader's last save that was not undone."""
        with self.reading() as database:
            (number,) = database.execute(
                f"SELECT max(id) FROM saves WHERE {QUESTION} AND grader = ? AND state = 'saved' "
                "AND kind = 'mark'",
                (*key_of(question), grader),
            ).fetchone()
        return None if number is None else int(number)

    def comments(self, question: Question, limit: int = 30) -> list[str]:
        """Comments given to answers of this question, the most used first, then the latest."""
        with self.reading() as database:
            rows = database.execute(
                "SELECT comment FROM marks JOIN saves ON saves.id = save "
                f"WHERE {QUESTION} AND state = 'saved' AND kind = 'mark' AND comment != '' "
                "GROUP BY comment ORDER BY count(DISTINCT save) DESC, max(save) DESC LIMIT ?",
                (*key_of(question), limit),
            )
            return [text for (text,) in rows]


# ---------------------------------------------------------------------------------------- the rows


def _items(database: sqlite3.Connection, question: Question) -> list[tuple[Item, bool]]:
    """The items that the question ever had, and whether they are deleted."""
    rows = database.execute(
        f"SELECT id, points, text, deleted FROM items WHERE {QUESTION} ORDER BY place",
        key_of(question),
    )
    return [(Item(*item), bool(deleted)) for *item, deleted in rows]


def _set_items(database: sqlite3.Connection, question: Question, items: Sequence[Item]) -> None:
    key = key_of(question)
    database.execute(f"UPDATE items SET deleted = 1 WHERE {QUESTION}", key)
    database.executemany(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        [(*key, item.id, place, item.points, item.text) for place, item in enumerate(items)],
    )


def _read_items(text: str) -> tuple[Item, ...]:
    return tuple(Item(**item) for item in json.loads(text))


def _row(save: int, mark: Mark, before: Entry) -> tuple[object, ...]:
    return (
        save,
        mark.student,
        json.dumps(mark.items),
        mark.points,
        mark.typed,
        mark.comment,
        mark.grader,
        mark.at,
        mark.digest,
        json.dumps([before.points, before.comment, before.waits]),
    )


def _read_mark(row: Sequence[object]) -> Mark:
    student, items, points, typed, comment, grader, at, digest = row
    return Mark(
        student=str(student),
        items=tuple(json.loads(str(items))),
        points=float(points),  # type: ignore[arg-type]
        comment=str(comment),
        grader=str(grader),
        at=str(at),
        digest=str(digest),
        typed=bool(typed),
    )
