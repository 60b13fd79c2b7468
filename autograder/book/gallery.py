"""The mistakes gallery: what each known mistake does, seen in a picture and told in a sentence.

Pages are derived from the exercises: the functions that are drawn are the mistakes which the tests
are proved with. No page holds code, or an answer that is not a function: such an answer (a choice,
a number) could be told from the wrong ones that are left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from ..exercise import Exercise
from ..project import Project, find_project
from .comparisons import Shown, shown
from .experiments import experiment_of
from .headings import Place, places

__all__ = ["write"]


def write(folder: Path, project: Project | None = None) -> list[Path]:
    """Write `mistakes/index.md` and `mistakes/NN_topic.md`, with pictures, into `folder`."""
    project = project or find_project()
    texts: dict[str, str] = {}
    rows = []
    for notebook in project.lessons:
        exercises = project.load(notebook)
        found = {each.name: shown(each) for each in exercises if _asks_for_functions(each)}
        for name, mistakes in found.items():
            for number, each in enumerate(mistakes):
                if each.svg:
                    texts[f"mistakes/{_picture(notebook, name, number)}"] = each.svg
        where = places(notebook, project)
        texts[f"mistakes/{notebook}.md"] = _page(notebook, exercises, found, where)
        link = f"[{where[0].heading}]({notebook}.md)"
        rows.append((link, [each for mistakes in found.values() for each in mistakes]))
    texts["mistakes/index.md"] = _index(rows)
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

{count} ways to get the functions of these notebooks wrong. {drawn} of them were tried out beside
the right answer, {trained} in the training of a net on the digits. **Grey is right, orange is the
mistake.** Look at a picture first, guess what went wrong, then read.

A picture does not show everything:

- {invisible} of the {drawn} can hardly be told from the right answer: they end where it ends, on
  these data, at this rate. Those are the dangerous ones. What finds them is a test on numbers that
  were chosen to tell them apart; each entry names it.
- {flatters} end at a *lower* training loss than the right answer, with a validation accuracy that
  is no worse. A curve that looks good proves nothing.

| notebook | mistakes | tried out | seen in the picture |
|---|---|---|---|
{rows}

The mistakes are the very functions with which the course proves that its tests work, and what is
said to them is what the check says. No code is shown, right or wrong. The sign ≈ marks what is
right by another convention than the lecture's.
"""


def _index(rows: Sequence[tuple[str, Sequence[Shown]]]) -> str:
    def counts(found: Sequence[Shown]) -> tuple[int, int, int]:
        drawn = [each for each in found if each.svg]
        return len(found), len(drawn), sum(each.visible for each in drawn)

    table = [f"| {link} | {' | '.join(map(str, counts(found)))} |" for link, found in rows]
    everything = [each for _, found in rows for each in found]
    count, drawn, visible = counts(everything)
    return _INDEX.format(
        count=count,
        drawn=drawn,
        invisible=drawn - visible,
        trained=sum(each.trained for each in everything),
        flatters=sum(each.flatters for each in everything),
        rows="\n".join(table),
    )


def _page(
    notebook: str,
    exercises: Sequence[Exercise],
    found: Mapping[str, Sequence[Shown]],
    where: Sequence[Place],
) -> str:
    parts = [
        "---\ntocdepth: 2\n---\n",
        f"# Mistakes: {where[0].heading}\n",
        "Grey is right, orange is the mistake ([what this is](index.md)).\n",
    ]
    for exercise in exercises:
        if exercise.name in found:
            parts += _exercise(notebook, exercise, found[exercise.name], where)
    rest = [exercise for exercise in exercises if exercise.name not in found]
    if rest:
        parts += ["## Questions with a definite answer\n", _QUESTIONS.format(count=len(rest))]
    for exercise in rest:
        if not all(isinstance(answer, str) for answer in exercise.answers.values()):
            parts.append(f"`{exercise.name}`, whose answer is a number:\n")
            mistakes = [f"- *{words(m.name)}*: {words(m.message)}" for m in exercise.mistakes]
            parts.append("\n".join(mistakes) + "\n")
    return "\n".join(parts)


_QUESTIONS = """\
Of {count} questions the answer is a letter or a number. What the check says to each wrong letter is
not repeated here: with all the wrong ones listed, the right one would be left.
"""


def _exercise(
    notebook: str, exercise: Exercise, found: Sequence[Shown], where: Sequence[Place]
) -> list[str]:
    place = next(each for each in where if exercise.name in each.cells)
    parts = [
        f"## {exercise.name}\n".replace("_", "\\_"),
        f"[{place.heading}](../notebooks/{place.link}) · slide “{words(exercise.slide)}” · "
        f"{exercise.points:g} points\n",
    ]
    experiment = experiment_of(exercise)
    if experiment and experiment.__doc__:
        parts.append(f"Tried on: {' '.join(experiment.__doc__.split())}\n")
    for number, each in enumerate(found):
        sign = " ≈" if each.mistake.elsewhere else ""
        parts += [f"### {words(each.mistake.name)}{sign}\n", f"> {words(each.mistake.message)}\n"]
        if each.svg:
            file = _picture(notebook, exercise.name, number)
            parts += [f"![{_plain(each.alt)}]({file}){{.drawn}}\n", f"{words(each.told, '**')}\n"]
        parts.append(f"*The check:* {words(each.found)}\n")
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
