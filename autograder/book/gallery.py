"""The mistakes gallery: what each known mistake does, seen in a picture and told in a sentence.

Pages are derived from the exercises: the functions that are drawn are the mistakes which the tests
are proved with. No page holds code, or an answer that is not a function: such an answer (a choice,
a number) could be told from the wrong ones that are left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..exercise import Exercise
from ..project import Project, find_project
from .additions import addition
from .comparisons import Experiment, Shown, shown
from .headings import Place, places

__all__ = ["words", "write"]


@dataclass(frozen=True)
class _Section:
    """An exercise that asks for functions, and its mistakes."""

    exercise: Exercise
    experiment: Experiment | None
    entries: Sequence[Shown]


def write(folder: Path, project: Project | None = None) -> list[Path]:
    """Write `mistakes/index.md` and `mistakes/LESSON.md`, with pictures, into `folder`.

    Nothing is written where no exercise has a mistake.
    """
    project = project or find_project()
    experiments = addition(project, "experiments")
    texts: dict[str, str] = {}
    entries: dict[str, list[Shown]] = {}
    for notebook in project.lessons:
        exercises = project.load(notebook)
        sections = []
        for exercise in filter(_asks_for_functions, exercises):
            experiment = experiments.experiment_of(exercise) if experiments else None
            sections.append(_Section(exercise, experiment, shown(exercise, experiment)))
        for section in sections:
            for number, entry in enumerate(section.entries):
                if entry.svg:
                    name = _picture(notebook, section.exercise.name, number)
                    texts[f"mistakes/{name}"] = entry.svg
        if exercises:
            where = places(notebook, project)
            texts[f"mistakes/{notebook}.md"] = _page(notebook, exercises, sections, where)
            link = f"[{where[0].heading}]({notebook}.md)"
            entries[link] = [entry for section in sections for entry in section.entries]
    everything = [entry for group in entries.values() for entry in group]
    if not everything:
        return []
    remark = getattr(experiments, "remark", None)
    texts["mistakes/index.md"] = _index(entries, remark(everything) if remark else "")
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in texts]


def _asks_for_functions(exercise: Exercise) -> bool:
    return all(callable(answer) for answer in exercise.answers.values())


def _picture(notebook: str, exercise: str, number: int) -> str:
    return f"{notebook}/{exercise}_{number + 1:02}.svg"


_INDEX = """\
# What mistakes look like

{count} way{plural} to get the functions of these notebooks wrong.{drawn}

{table}

The mistakes are the very functions with which the course proves that its tests work, and what is
said to them is what the check says. No code is shown, right or wrong. The sign ≈ marks what is
right by another convention than this course's.
"""

_DRAWN = """\
 {drawn} of them were tried out beside
the right answer. **Grey is right, orange is the mistake.** Look at a picture first, guess what went
wrong, then read.

A picture does not show everything. {invisible} of the {drawn} can hardly be told from the right
answer: they end where it ends, on these inputs. Those are the dangerous ones. What finds them is a
test on numbers that were chosen to tell them apart; each entry names it.

{remark}"""


def _index(entries: Mapping[str, Sequence[Shown]], remark: str) -> str:
    everything = [entry for group in entries.values() for entry in group]
    drawn = [entry for entry in everything if entry.svg]
    invisible = sum(not entry.visible for entry in drawn)
    heads = ["notebook", "mistakes", *(["tried out", "seen in the picture"] if drawn else [])]
    rows = [heads, ["---"] * len(heads)]
    for link, group in entries.items():
        pictures = [entry for entry in group if entry.svg]
        counts = len(group), len(pictures), sum(entry.visible for entry in pictures)
        rows.append([link, *map(str, counts)][: len(heads)])
    words = _DRAWN.format(drawn=len(drawn), invisible=invisible, remark=remark).rstrip()
    plural = "s" if len(everything) > 1 else ""
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return _INDEX.format(
        count=len(everything), plural=plural, drawn=words if drawn else "", table=table
    )


def _page(
    notebook: str,
    exercises: Sequence[Exercise],
    sections: Sequence[_Section],
    where: Sequence[Place],
) -> str:
    parts = ["---\ntocdepth: 2\n---\n", f"# Mistakes: {where[0].heading}\n"]
    if any(section.experiment for section in sections):
        parts.append("Grey is right, orange is the mistake ([what this is](index.md)).\n")
    for section in sections:
        place = next(place for place in where if section.exercise.name in place.cells)
        parts += _section(notebook, section, place)
    rest = [exercise for exercise in exercises if not _asks_for_functions(exercise)]
    if rest:
        parts += ["## Questions with a definite answer\n", _QUESTIONS.format(count=len(rest))]
    for exercise in rest:
        if not all(isinstance(answer, str) for answer in exercise.answers.values()):
            parts.append(f"`{exercise.name}`, whose answer is a number:\n")
            lines = [f"- *{words(m.name)}*: {words(m.message)}" for m in exercise.mistakes]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


_QUESTIONS = """\
Of {count} questions the answer is a letter or a number. What the check says to each wrong letter is
not repeated here: with all the wrong ones listed, the right one would be left.
"""


def _section(notebook: str, section: _Section, place: Place) -> list[str]:
    exercise, experiment = section.exercise, section.experiment
    parts = [
        f"## {exercise.name}\n".replace("_", "\\_"),
        f"[{place.heading}](../notebooks/{place.link}) · slide “{words(exercise.slide)}” · "
        f"{exercise.points:g} points\n",
    ]
    if experiment and experiment.__doc__:
        parts.append(f"Tried on: {' '.join(experiment.__doc__.split())}\n")
    for number, entry in enumerate(section.entries):
        sign = " ≈" if entry.mistake.elsewhere else ""
        heading, message = words(entry.mistake.name), words(entry.mistake.message)
        parts += [f"### {heading}{sign}\n", f"> {message}\n"]
        if entry.svg:
            file = _picture(notebook, exercise.name, number)
            parts.append(f"![{_plain(entry.alt)}]({file}){{.drawn}}\n")
            parts.append(f"{words(entry.effect, '**')}\n")
        parts.append(f"*The check:* {words(entry.caught)}\n")
    return parts


def _plain(alt: str) -> str:
    """A text between the brackets of an image: nothing in it is markup."""
    return words(re.sub(r"[`*]", "", alt))


def words(text: str, kept: str = "") -> str:
    """A text for a page of Markdown: signs that would be markup stay signs, outside of `code`.

    >>> print(words("x_test is `x_test`, not <x>"))
    x\\_test is `x_test`, not &lt;x&gt;
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick that nothing closes
        parts = [text.replace("`", "'")]
    for place in range(0, len(parts), 2):
        part = escape(parts[place], quote=False)
        pieces = part.split(kept) if kept else [part]
        parts[place] = kept.join(map(_escaped, pieces))
    return "`".join(parts)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_\[\]|$])", r"\\\1", text)
