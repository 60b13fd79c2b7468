"""A proof for readers: a page in Markdown, a picture in SVG, and a report for the terminal."""

from __future__ import annotations

from typing import Any

__all__ = ["page", "picture", "report"]

_HEAD = """\
# The kill matrix: which test finds which fault

Written by `python -m autograder prove`; do not edit. A test fails when an exercise has changed
since.

**{exercises} exercises with {tests} tests, tried under {secrets} course secrets.** Under every one
of them the reference gets full points and an unwritten answer none.

| | |
|---|---|
| known mistakes that lose points, under every secret | {mistakes killed} of {mistakes} |
| … and are called by their own name | {mistakes named} of {mistakes} |
| … and whose price depends on the secret | {moving} |
| generic mutants whose price depends on the secret | {moving mutants} |
| ways in which a replayed, a fitted or an idle answer earns points | {gains} |
| pairs of mistakes, other defaults and mutants with a false name | {false names} of {tried names} |
| right answers in other styles that get full points | {honest right} of {honest} |
| generic mutants killed, of those that are faults | {mutants killed} of {mutants} ({percent} %) |
| … and mutants that are no faults, each with its reason below | {equivalent} |
| faults which lose points at school that are found at home | {also at home} of {faults at school} |
| smallest factor between honest errors and those of mistakes | {factor} |

![Each exercise a row, each fault a cell](kill_matrix.svg)

**How to read it.** In each exercise's table a column is a test, under its number in the list above
the table. *Mistakes* are wrong answers that somebody wrote down: ● the test fails it under every
secret, ○ under some. What it loses is the points of these tests and of no others; where an exercise
uses an earlier answer, what mistakes in that one cost is said below the table. *Mutants* are the
reference with one change made by machine (an operator, constant, axis, copy …); the number says
how many the test fails at home. A mutant counts as killed if it loses points under each of
{mutant secrets} secrets.

*False names*: each pair of mistakes in one answer, each right answer with another default and each
mutant is judged; a name that it is given must be of a mistake that is in it, or that it equals in
every test that the mistake fails. *Replayed* is a result that students have, *fitted* one that was
changed until a property held, *idle* an answer that returns None, zeros or what it was given.

*Tolerances*: "honest" is the largest error of any right answer, "wrong" the smallest of any mistake
that the test fails, in units of the tolerance: up to 1 passes. Where nothing is said, the test
judges a property, or the mistakes give no numbers of the right shape.
"""


def page(known: dict[str, Any], total: dict[str, Any], mutant_secrets: int) -> str:
    """The whole page in Markdown."""
    factor = total["smallest factor"]
    values = {
        **total,
        "percent": f"{100 * total['mutants killed'] / max(total['mutants'], 1):.2f}",
        "honest right": total["honest"] - total["honest failed"],
        "factor": "none measured" if factor == float("inf") else f"{factor:.0e}",
        "mutant secrets": mutant_secrets,
    }
    parts = [_HEAD.format_map(values)]
    for notebook, lesson in known.items():
        parts.append(f"## {notebook}\n")
        parts += [_section(exercise) for exercise in lesson["exercises"]]
    return "\n".join(parts)


def _section(exercise: dict[str, Any]) -> str:
    tests = list(exercise["tests"])
    lines = [f"### {exercise['exercise']}\n"]
    for number, (test, points) in enumerate(exercise["tests"].items(), 1):
        honest, wrong = exercise["margins"].get(test, (None, None))
        margin = f"; honest ≤ {_size(honest)}, wrong ≥ {_size(wrong)}" if wrong else ""
        lines.append(f"{number}. {_cell(test)}: {_points(points)}{margin}")
    numbers = " | ".join(str(number) for number in range(1, len(tests) + 1))
    lines += [
        "",
        f"| fault | {numbers} | points lost | named |",
        "|---|" + "---|" * (len(tests) + 2),
    ]
    for name, mistake in exercise["mistakes"].items():
        marks = [
            "●" if t in mistake["tests"] else "○" if t in mistake["sometimes"] else ""
            for t in tests
        ]
        lost = sum(exercise["tests"][test] for test in mistake["tests"])
        named = "yes" if mistake["named"] else "**no**"
        lines.append(f"| {_cell(name)} | {' | '.join(marks)} | {lost:g} | {named} |")
    for kind, count in exercise["mutants"].items():
        cells = " | ".join(str(count["tests"].get(test, "")) for test in tests)
        other = sum(number for test, number in count["tests"].items() if test not in tests)
        note = f", {other} by other exercises" if other else ""
        killed = f"{count['killed']} of {count['all']}{note}"
        lines.append(f"| *{kind}* | {cells} | {killed} | {count['named'] or ''} |")
    lines.append("")
    lines += _carried(exercise["carried"])
    lines += _listed("Not killed", exercise["survivors"])
    lines += _listed("Passes at home only", exercise["surprises"])
    if exercise["equivalent"]:
        lines += [
            f"<details><summary>{len(exercise['equivalent'])} mutants that are no faults</summary>",
            "",
        ]
        lines += [f"- {why}: {_code(change)}" for _, change, why in exercise["equivalent"]]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _carried(costs: list[list[Any]]) -> list[str]:
    """What mistakes in earlier exercises cost in this one."""
    lines = []
    for earlier in dict.fromkeys(exercise for exercise, _, _ in costs):
        mistakes = [f"{name} ({lost:g})" for exercise, name, lost in costs if exercise == earlier]
        lines.append(
            f"**Uses the student's own {_cell(earlier)}**, so these mistakes in it cost points "
            f"here too: {_cell(', '.join(mistakes))}.\n"
        )
    return lines


def _listed(title: str, mutants: list[list[str]]) -> list[str]:
    return [f"**{title}:** {kind}: {_code(f'{a}  →  {b}')}\n" for _, kind, a, b in mutants]


def _points(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"


def _size(size: float) -> str:
    return f"{size:.0e}" if size else "0"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


# --- the picture ----------------------------------------------------------------------------------

_CELL, _LINE, _LEFT = 5, 13, 170
_COLOURS = {
    "mistakes, killed and named": "#0b6e4f",
    "mistakes without their name": "#e0a800",
    "mutants, killed": "#4c8dca",
    "no fault": "#cfd4da",
    "not killed": "#d62839",
}


def picture(known: dict[str, Any]) -> str:
    """Each exercise as a row, each fault as a cell, coloured by its result."""
    rows = [
        (notebook, exercise)
        for notebook, lesson in known.items()
        for exercise in lesson["exercises"]
    ]
    rows = [(notebook, exercise) for notebook, exercise in rows if exercise["mutants"]]
    widest = max((sum(_counts(exercise)) for _, exercise in rows), default=0)
    width = _LEFT + widest * _CELL + 20
    height = (len(rows) + len(known)) * _LINE + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="10" role="img">',
        "<title>Kill matrix: each exercise a row, each fault a cell</title>",
        f'<defs><pattern id="cells" width="{_CELL}" height="{_LINE}" patternUnits="userSpaceOnUse">'
        f'<rect width="1" height="{_LINE}" fill="#fff"/></pattern></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    x = 10
    for text, colour in _COLOURS.items():
        parts.append(f'<rect x="{x}" y="8" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="17">{text}</text>')
        x += 30 + 5 * len(text)
    y, last = 30, ""
    for notebook, exercise in rows:
        if notebook != last:
            y += _LINE
            parts.append(f'<text x="10" y="{y}" font-weight="bold">{notebook}</text>')
            last = notebook
            y += 3
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + 9}" text-anchor="end">{exercise["exercise"]}</text>'
        )
        x = _LEFT
        for count, colour in zip(_counts(exercise), _COLOURS.values(), strict=True):
            if count:
                box = f'x="{x}" y="{y}" width="{count * _CELL}" height="{_LINE - 3}"'
                parts.append(f'<rect {box} fill="{colour}"/>')
                x += count * _CELL
        grid = f'x="{_LEFT}" y="{y}" width="{x - _LEFT}" height="{_LINE - 3}"'
        parts.append(f'<rect {grid} fill="url(#cells)"/>')
        y += _LINE
    return "\n".join([*parts, "</svg>"]) + "\n"


def _counts(exercise: dict[str, Any]) -> tuple[int, ...]:
    mistakes = exercise["mistakes"].values()
    good = sum(mistake["killed"] and mistake["named"] for mistake in mistakes)
    unnamed = sum(mistake["killed"] and not mistake["named"] for mistake in mistakes)
    killed = sum(kind["killed"] for kind in exercise["mutants"].values())
    alive = len(exercise["survivors"]) + len(mistakes) - good - unnamed
    return good, unnamed, killed, len(exercise["equivalent"]), alive


# --- the terminal ---------------------------------------------------------------------------------


def report(rows: list[dict[str, Any]], total: dict[str, Any]) -> str:
    """One line an exercise with its narrowest tolerance, the problems, and the totals."""
    lines = [f"{'':24}{'mistakes':>10}{'honest':>10}{'mutants':>10}   errors, in tolerances"]
    for row in rows:
        mistakes = row["mistakes"].values()
        kinds = row["mutants"].values()
        counts = [
            (sum(mistake["killed"] and mistake["named"] for mistake in mistakes), len(mistakes)),
            (sum(not wrong for wrong in row["honest"].values()), len(row["honest"])),
            (sum(kind["killed"] for kind in kinds), sum(kind["all"] for kind in kinds)),
        ]
        cells = "".join(f"{f'{good}/{of}':>10}" for good, of in counts)
        lines.append(f"{row['exercise']:24}{cells}   {_narrowest(row)}")
        lines += [f"    {text}" for text in row["complaints"][:10]]
        lines += [f"    honest, but marked wrong: {n}: {w}" for n, w in row["honest"].items() if w]
        lines += [f"    price depends on the secret: {text}" for text in row["moving"]]
        lines += [
            f"    mutant's price depends on the secret: {a}  →  {b}: {', '.join(tests)}"
            for _, _, a, b, tests in row["moving mutants"]
        ]
        lines += [f"    gains: {who}: {', '.join(tests)}" for who, tests in row["gains"].items()]
        lines += [f"    false name: {wrong}: {name}" for wrong, name in row["false names"]]
        lines += [f"    not killed: {kind}: {a}  →  {b}" for _, kind, a, b in row["survivors"]]
        lines += [f"    passes at home: {kind}: {a}  →  {b}" for _, kind, a, b in row["surprises"]]
    lines.append(
        f"{total['exercises']} exercises under {total['secrets']} secrets: "
        f"{total['mistakes killed']} of {total['mistakes']} mistakes killed and "
        f"{total['mistakes named']} named, {total['honest failed']} of {total['honest']} honest "
        f"answers marked wrong, {total['mutants killed']} of {total['mutants']} mutants killed "
        f"({total['equivalent']} more are no faults), {total['also at home']} of "
        f"{total['faults at school']} faults found at home too; {total['moving']} prices of "
        f"mistakes and {total['moving mutants']} of mutants depend on the secret; "
        f"{total['false names']} of {total['tried names']} other wrong answers have a false name "
        f"({total['named']} have one); pretenders gain in {total['gains']} ways."
    )
    return "\n".join([*lines, *(f"FALLS SHORT: {text}" for text in total["bars"])])


def _narrowest(exercise: dict[str, Any]) -> str:
    """The errors of the test in which right answers and mistakes are closest."""
    compared = [(h / w, h, w) for h, w in exercise["margins"].values() if w]
    if not compared:
        return ""
    _, honest, wrong = max(compared)
    return f"honest {_size(honest)}, wrong {_size(wrong)}"
