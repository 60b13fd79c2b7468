"""The proof of an assignment's hand-written tests, for its instructor: lines, a table, a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .plain import PlainProof

__all__ = ["EQUAL", "EXPLAINED", "HEADINGS", "missed", "page", "rows", "summary", "verdicts"]

HEADINGS = ("test", "points", "stub", "tried", "finds", "alone", "compares")
_LONGEST = 40
EXPLAINED = """\
*stub*: the points that an empty notebook earns; *tried*: how many faults were made in the answers
that the test depends on; *finds*: how many of them make it fail; *alone*: how many make no other
test fail; *compares*: how many fail a comparison in the test, not by an error in the answer."""
EQUAL = "Some of them may be harmless: a change can leave an answer as right as it was."


def summary(proof: PlainProof) -> Iterator[str]:
    """What an instructor should know at once, one sentence a line."""
    failed = [test for test in proof.tests if not test.usable]
    points = sum(test.points for test in proof.tests)
    if not proof.tests:
        yield "There is no hand-written test."
    elif not failed:
        yield f"The solution gets all {points:g} points of {len(proof.tests)} tests."
    for test in failed:
        how = f": it {test.problem}" if test.problem else ""
        earned = f"with {test.solution:g} of {test.points:g} points"
        yield f"THE SOLUTION FAILS `{test.name}`, {earned}{how}"
    gifts = {test.name: test.stub for test in proof.tests if test.stub}
    names = ", ".join(f"`{name}` {stub:g}" for name, stub in gifts.items())
    given = f"{sum(gifts.values()):g} of {points:g} points ({names})" if gifts else "no points"
    if proof.tests:
        yield f"An empty notebook earns {given}."
    found = sum(bool(fault.finders) for fault in proof.faults)
    yield (
        f"{found} of {len(proof.faults)} machine-made faults of the solution are found; "
        f"one took {proof.seconds:.2f} s."
    )
    if proof.lost:
        yield f"{proof.lost} more faults could not be graded."


def verdicts(proof: PlainProof) -> Iterator[str]:
    """Tests that are of little use, and answers that nothing looks at; one sentence a line."""
    for test in proof.tests:
        if proof.finds_nothing(test):
            yield (
                f"`{test.name}` FINDS NOTHING: it passes for each of {len(proof.tried(test))} "
                f"faults and for an empty notebook ({_part(test.line)})"
            )
        elif proof.compares_nothing(test):
            yield (
                f"`{test.name}` finds no wrong value, only answers that are missing, None or "
                f"end in an error: {len(proof.passing(test))} faults pass it ({_part(test.line)})"
            )
    for cell in proof.untested:
        yield f"no test depends on the answer `{cell}`: none of its faults is found"
    for cell, why in proof.untried.items():
        yield f"no fault of `{cell}` was tried: {why}"


def missed(proof: PlainProof) -> Iterator[str]:
    """The faults that no test finds, one a line."""
    for fault in proof.missed:
        before, after = _parts_around_change(fault.fault.before, fault.fault.after)
        yield f"{fault.cell}, line {fault.fault.line}: {before}  →  {after or '(nothing)'}"


def rows(proof: PlainProof) -> Iterator[tuple[str, ...]]:
    """A row for each test, under :data:`HEADINGS`."""
    for test in proof.tests:
        tried, found = proof.tried(test), proof.found(test)
        alone = sum(len(fault.finders) == 1 for fault in found)
        compared = sum(fault.finders[test.name] for fault in found)
        numbers = (len(tried), len(found), alone, compared) if test.usable else ("",) * 4
        yield (test.name, f"{test.points:g}", f"{test.stub:g}", *map(str, numbers))


def page(proof: PlainProof) -> str:
    """The page in Markdown."""
    tests = [HEADINGS, ("---", *["--:"] * (len(HEADINGS) - 1)), *rows(proof)]
    faults = [("answer", "line", "was", "became"), ("---", "--:", "---", "---")]
    faults += [
        (fault.cell, str(fault.fault.line), _code(fault.fault.before), _code(fault.fault.after))
        for fault in proof.missed
    ]
    parts = [
        f"# {proof.assignment}: what its tests find",
        *summary(proof),
        "## The tests",
        _table(tests),
        EXPLAINED,
        "\n".join(f"- {line}" for line in verdicts(proof)),
        "## Faults that no test finds",
        f"{EQUAL}\n\n{_table(faults)}" if proof.missed else "None.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _parts_around_change(before: str, after: str) -> tuple[str, str]:
    pairs = enumerate(zip(before, after, strict=False))
    place = next((place for place, (old, new) in pairs if old != new), 0)
    start = max(0, place - _LONGEST // 2) if max(len(before), len(after)) > _LONGEST else 0
    return _part(before, start), _part(after, start)


def _part(text: str, start: int = 0) -> str:
    rest = text[start:]
    short = rest if len(rest) <= _LONGEST else f"{rest[:_LONGEST]}…"
    return f"…{short}" if start else short


def _table(lines: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str) -> str:
    """Code in a cell of a table, where a bar would end the cell."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|") if text else "(nothing)"
