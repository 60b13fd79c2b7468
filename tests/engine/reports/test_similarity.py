"""Answers that are alike: what is found however it is disguised, and what is never told."""

from __future__ import annotations

import ast
import inspect
import random
import re

import nbformat
import pytest
from helpers import LESSONS, load
from helpers.graded_class import FIRST, record
from helpers.html_pages import Page
from helpers.small_course import project

from autograder.authoring.build import source_notebook
from autograder.commands import main
from autograder.proof import rewritings as rewriting
from autograder.proof.mutants import whole_source
from autograder.reports import similarity
from autograder.reports.alike import SHORTEST, Class
from autograder.reports.similarity import compare, write_similar
from autograder.sample import students
from autograder.sample.notebook import Writer, defines
from autograder.sample.source import stand_alone

STUB = '''\
def moments(x):
    """Mean and variance."""
    # YOUR CODE HERE
    raise NotImplementedError()
'''
ODD = """\
def moments(x):
    rows, columns = x.shape
    totals = np.zeros(columns)
    squares = np.zeros(columns)
    for row in x:
        totals += row / rows
        squares += row * row / rows
    return totals, squares - totals ** 2
"""
USUAL = "def moments(x):\n    return x.mean(axis=0), x.var(axis=0)\n"
OTHERS = [
    "def moments(x):\n    m = np.mean(x, 0)\n    return m, np.mean((x - m) ** 2, 0)\n",
    "def moments(x):\n    n = len(x)\n    mu = x.sum(0) / n\n    d = x - mu\n    "
    "return mu, np.einsum('ij,ij->j', d, d) / n\n",
    "def moments(data):\n    middle = np.average(data, axis=0)\n    "
    "return middle, np.average(np.square(data), axis=0) - np.square(middle)\n",
]
HONEST = {f"honest-{i}": text for i, text in enumerate([USUAL] * 9 + OTHERS)}


def told(answers, least=0.8, wrong=None, stub=STUB):
    """The pairs that are told of a class of honest students and these."""
    found = Class({**HONEST, **answers}, stub, wrong).alike(least)
    return [(*each.one, *each.other) for each in found]


DISGUISES = {
    "copied": ODD,
    "renamed": re.sub(r"\b(x|rows|columns|totals|squares|row)\b", r"my_\1", ODD),
    "renamed parameter": re.sub(r"\bx\b", "data", ODD),
    "commented": ODD.replace("\n    for", "\n    # now over the rows\n    for").replace(
        "def moments(x):\n", 'def moments(x):\n    """I wrote this."""\n'
    ),
    "other layout": ODD.replace("    ", "  ").replace(" = ", "=").replace(" / ", "/"),
    "one line more": ODD.replace("    return", "    print('done')\n    return"),
    "reordered lines": ODD.replace(
        "    totals = np.zeros(columns)\n    squares = np.zeros(columns)\n",
        "    squares = np.zeros(columns)\n    totals = np.zeros(columns)\n",
    ).replace(
        "        totals += row / rows\n        squares += row * row / rows\n",
        "        squares += row * row / rows\n        totals += row / rows\n",
    ),
    "parentheses": ODD.replace("row * row / rows", "((row * row) / rows)"),
    "semicolons": ODD.replace("\n    squares = np", "; squares = np"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_copy_is_found_in_disguise(disguise):
    assert disguise == "copied" or DISGUISES[disguise] != ODD
    assert told({"student-01": ODD, "student-02": DISGUISES[disguise]}) == [
        ("student-01", "student-02")
    ]


def test_a_copy_with_everything_done_to_it_is_found():
    text = DISGUISES["reordered lines"]
    text = re.sub(r"\b(x|rows|columns|totals|squares|row)\b", r"my_\1", text)
    text = text.replace(" / ", "/").replace("\n    for", "  # zeros\n    for")
    assert told({"student-01": ODD, "student-02": text}) == [("student-01", "student-02")]


def test_different_answers_are_not_told():
    assert told({"student-01": ODD}) == []


def test_what_most_of_the_class_wrote_is_not_told():
    assert told({f"student-{i:02}": ODD for i in range(9)}) == []  # 9 of 21 are more than a third
    found = told({f"student-{i:02}": ODD for i in range(5)})
    assert found == [tuple(f"student-{i:02}" for i in range(5))]  # as one entry, not as ten


def test_what_the_release_gave_is_not_counted():
    given = ODD.replace("    return totals, squares - totals ** 2\n", "    ...\n")
    one = ODD.replace("squares - totals ** 2", "np.maximum(squares - totals ** 2, 0.0)")
    assert told({"student-01": one, "student-02": one}, stub=STUB)
    assert told({"student-01": one, "student-02": one}, stub=given) == []


def test_who_wrote_nothing_is_not_counted():
    assert Class({**HONEST, "student-01": STUB, "student-02": "# later"}, STUB).size == len(HONEST)


def test_a_short_answer_is_told_only_if_it_is_wrong_in_the_same_rare_way():
    # 17 tokens: fewer than what is told of a right answer, more than half of it.
    short = "def moments(x):\n    return np.median(x, axis=1), np.ptp(x, axis=1)\n"
    two = {"student-01": short, "student-02": short}
    alike = Class({**HONEST, **two}, STUB)
    assert SHORTEST / 2 <= len(alike.own_parts(short)) < SHORTEST
    assert told(two) == []
    assert told(two, wrong=dict.fromkeys(two, "rows: failed")) == [("student-01", "student-02")]
    everybody = dict.fromkeys([*HONEST, *two], "rows: failed")
    assert told(two, wrong=everybody) == []
    different = {"student-01": "rows: failed", "student-02": "columns: failed"}
    assert told(two, wrong=different) == []


def test_the_same_rare_fault_counts_twice():
    two = {"student-01": ODD, "student-02": ODD}
    (right,) = Class({**HONEST, **two}, STUB).alike(0.8)
    (wrong,) = Class({**HONEST, **two}, STUB, dict.fromkeys(two, "rows: failed")).alike(0.8)
    assert (right.wrong, wrong.wrong) == (False, True)
    assert wrong.weight == 2 * right.weight


def test_the_fewer_have_it_the_more_it_counts():
    def weight(many):
        class_ = Class({**HONEST, **{f"student-{i}": ODD for i in range(many)}}, STUB)
        return class_.alike(0.8)[0].weight

    assert weight(2) > weight(3) > weight(5) > 0


def test_the_threshold_is_where_it_is_said_to_be():
    other = ODD.replace("row / rows", "row.astype(float) / len(x)").replace("2\n", "3\n")
    (found,) = Class({**HONEST, "student-01": ODD, "student-02": other}, STUB).alike(0.3)
    two = {"student-01": ODD, "student-02": other}
    assert told(two, found.similarity) == [("student-01", "student-02")]
    assert told(two, found.similarity + 0.001) == []


def test_what_is_not_python_is_said_and_costs_nothing():
    odd = {
        "student-01": "def moments(x:\n", "student-02": "x = '\0'", "student-03": "(" * 5000,
        "student-04": "x = 1\n" * 20_000, "student-05": "x = '''",
    }  # fmt: skip
    assert Class({**HONEST, **odd}, STUB).unread == [*odd]
    magic = f"%matplotlib inline\n{ODD}"
    assert told({"student-06": ODD, "student-07": magic, **odd}) == [("student-06", "student-07")]


def naive(klass, least):
    """Every two answers, one by one: what the search must find."""
    found = set()
    for one in klass._shapes:
        for other in klass._shapes:
            both = 2 * sum(one.counts[part] for part in {*one.counts} & {*other.counts})
            if one.owners < other.owners and both >= least * (one.total + other.total) > 0:
                found.add((one.owners, other.owners))
    return found


@pytest.mark.parametrize("least", [0.3, 0.6, 0.8, 1.0])
def test_the_search_misses_nobody(least):
    draw = random.Random(5)
    lines = [f"    a{i} = {i} * np.sin(x) + {i * i}\n" for i in range(12)]
    answers = {
        f"student-{i:02}": "def moments(x):\n" + "".join(draw.sample(lines, draw.randrange(3, 10)))
        for i in range(40)
    }
    klass = Class(answers, STUB)
    found = {tuple(sorted((a.owners, b.owners))) for a, b in klass._candidates(least)}
    wanted = naive(klass, least)
    assert wanted <= found
    if least < 0.5:
        assert len(wanted) > 20


# ------------------------------------------------------------------------------ honest answers


def right_answers(exercise, monkeypatch):
    """Texts of the exercise's right answers: in its styles, and the machine's rewritings of one."""
    monkeypatch.setattr(rewriting, "load", lambda source, function: source)
    asked = {name: each for name, each in exercise.answers.items() if inspect.isfunction(each)}
    reference = {name: whole_source(each) for name, each in asked.items()}
    found = {
        style.name: stand_alone({**asked, **style.replaces}, exercise.name)
        for style in exercise.styles
    }
    for name, written in rewriting.rewritings(asked).items():
        texts = {each: text for each, text in written.items() if isinstance(text, str)}
        if texts:  # not a kind of callable
            found[name] = "\n\n".join({**reference, **texts}.values())
    return {"reference": "\n\n".join(reference.values()), **found}


@pytest.mark.parametrize("notebook", LESSONS)
def test_no_two_right_answers_in_other_styles_are_alike(notebook, monkeypatch):
    compared = 0
    for exercise in load(notebook):
        texts = right_answers(exercise, monkeypatch)
        by_hand = {name: texts[name] for name in texts if name not in rewriting.REWRITINGS}
        stub = "\n".join(f"def {name}():\n    ..." for name in exercise.answers)
        for answers in (texts, by_hand):
            compared += len(answers) * (len(answers) - 1) // 2
            assert Class(answers, stub).alike(0.8) == [], exercise.name
    assert compared > 20


def origin(plan, names):
    """From which text the sample class makes a student's answer: two of one origin are alike."""
    return {
        "the library"  # itself, or edited
        if hasattr(answer, "__source__") or answer.__module__.startswith("cs231n_lib")
        else answer.__qualname__
        for replaced in plan.wrong.values()
        for name, answer in replaced.items()
        if name in names and callable(answer)
    } or {"the notebook's solution"}


ONE_FROM_THE_OTHER = [{"incomplete_counting_steps"}, {"incomplete_toward_the_new_value"}]
"""Two mistakes in `adam_incomplete` that are one text but for a line."""


@pytest.mark.parametrize("notebook", LESSONS)
def test_in_the_sample_class_only_texts_of_one_origin_are_alike(notebook):
    described, source = load(notebook), source_notebook(notebook)
    writer = Writer(notebook, described, source, source)
    plans = students._plans(notebook, described, 30, 3, 0)
    written = [writer.answers(plan) for plan in plans]
    cells = [cell for cell in source.cells if cell.get("id") in writer.exercise_of]
    for place, cell in enumerate(cells):
        stub = re.sub(r"(?ms)^( *)### BEGIN.*### END SOLUTION", r"\1...", cell.source)
        names = set().union(*map(defines, ast.parse(cell.source).body))
        answers = {str(number): texts[place] for number, texts in enumerate(written)}
        for pair in Class(answers, stub).alike(0.8):
            two = [int(pair.one[0]), int(pair.other[0])]
            made = [origin(plans[i], names) for i in two]
            same = written[two[0]][place] == written[two[1]][place] or made[0] == made[1]
            assert same or made in (ONE_FROM_THE_OTHER, ONE_FROM_THE_OTHER[::-1]), cell.id


# ------------------------------------------------------------------------------- a class, a page

EVIL = "</pre><script>alert(1)</script>"
OWN = f"""\
def affine_forward(x, w, b):
    rows = [np.ravel(row) for row in x]
    out = np.empty((len(rows), w.shape[1]))
    for place, row in enumerate(rows):
        out[place] = np.dot(row, w) + b  # {EVIL}
    return out, [x, w, b]
"""


OTHER = """\
def affine_forward(x, w, b):
    flat = np.concatenate([x.reshape(x.shape[0], -1), np.ones((x.shape[0], 1))], axis=1)
    both = np.vstack([w, b[np.newaxis]])
    return np.einsum("ij,jk->ik", flat, both), dict(x=x, w=w, b=b)
"""


@pytest.fixture
def handed_in(klass):
    """Seven usual answers, two that are alike, a file of two students, one that is no Python."""
    for number in range(1, 8):
        usual = f"def affine_forward(x, w, b):\n    return {number}"
        klass.hand_in(f"student-{number:02}", code=usual)
    klass.hand_in("student-11", code=OWN)
    klass.hand_in("student-12", code=OWN.replace("rows", "lines"))
    for student in ("student-13", "student-14"):
        klass.hand_in(student, code=OTHER, stamp="2026-10-14 21:05:00 UTC")
    klass.hand_in("student-15", code="def affine_forward(x:")
    return klass


def similar(klass, least=0.8):
    return compare(klass.course, FIRST, least, project(klass.made))


def cell(found, name="affine"):
    return next(each for each in found.cells if each.name == name)


def pairs(klass, least=0.8):
    return [(*each.one, *each.other) for each in cell(similar(klass, least)).pairs]


def test_who_handed_in_one_file_together_is_no_pair(handed_in):
    assert [*map(list, similar(handed_in).together)] == [["student-13", "student-14"]]
    assert pairs(handed_in, 0.3) == [("student-11", "student-12")]


def test_one_file_handed_in_twice_is_a_pair(handed_in):
    for student, minute in (("student-13", 5), ("student-14", 6)):
        stamp = handed_in.course.submitted_dir(FIRST, student) / "timestamp.txt"
        stamp.write_text(f"2026-10-14 21:0{minute}:00 UTC", encoding="utf-8")
    assert similar(handed_in).together == []
    assert ("student-13", "student-14") in pairs(handed_in)


def test_what_is_wrong_is_taken_from_the_graded_notebooks(handed_in):
    (right,) = cell(similar(handed_in)).pairs
    everybody = [f"student-{number:02}" for number in (*range(1, 8), 13, 14)]
    record(handed_in, *everybody, affine=4.5)
    record(handed_in, "student-11", "student-12")
    (wrong,) = cell(similar(handed_in)).pairs
    assert (right.wrong, wrong.wrong) == (False, True)
    assert wrong.weight == 2 * right.weight


def test_who_wrote_the_published_solution_is_in_a_table_of_its_own(handed_in):
    assert "flattened_rows" in cell(similar(handed_in)).solution
    source = handed_in.course.source_dir(FIRST) / f"{FIRST}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    next(each for each in notebook.cells if each.get("id") == "affine_solution").source = OTHER
    nbformat.write(notebook, source)
    found = cell(similar(handed_in))
    assert [each.one for each in found.to_reference] == [("student-13, student-14",)]
    assert (found.like_reference, len(found.pairs)) == (1, 1)
    page, _ = write_similar(handed_in.course, FIRST, project=project(handed_in.made))
    assert "the published solution" in Page(page.read_text(encoding="utf-8")).text


def test_the_page_shows_both_texts_and_runs_nothing_of_them(handed_in):
    path, told = write_similar(handed_in.course, FIRST, project=project(handed_in.made))
    source = path.read_text(encoding="utf-8")
    page = Page(source)
    assert told == 1
    assert "student-11" in page.text
    assert "Handed in together: student-13, student-14" in page.text
    assert "student-15" in page.text
    assert EVIL not in source
    assert source.count("<script") == 1  # the table's own
    assert source.count('<mark class="rare">') > 10
    assert not re.search(r'(src|href)="(https?:)?//', source)
    assert {"#pair-1", f"similar-{FIRST}.csv"} <= set(page.links)
    lines = path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith(f"{FIRST},affine,student-11,student-12,1,")


def test_what_is_marked_is_what_both_have(handed_in):
    found = cell(similar(handed_in))
    two = ("student-11", "student-12")
    for who, text in zip(two, similarity._marked_texts(found, *two), strict=True):
        assert "".join(piece for piece, _ in text) == found.answers[who]
        marked = "".join(piece for piece, mark in text if mark == "rare")
        assert "np.ravel" in marked
        assert "alert" not in marked
    different = similarity._marked_texts(found, "student-11", "student-01")
    assert not any(mark == "rare" for text in different for _, mark in text)


def test_the_command_says_where_the_page_is(handed_in, capsys, monkeypatch):
    monkeypatch.setattr(similarity, "Project", lambda: project(handed_in.made))
    where = ["--course", str(handed_in.course.root)]
    assert main(["similar", FIRST, "--least", "0.9", *where]) == 0
    said = capsys.readouterr().out
    assert f"reports/similar-{FIRST}.html" in said.replace("\\", "/")
    assert "1 pair of answers is alike to 0.9" in said
    assert main(["similar", *where]) == 0
    assert (handed_in.course.root / "reports" / "similar.html").is_file()
    for wrong, reason in (
        ([FIRST, "--least", "0"], "--least must be above 0 and at most 1, got 0"),
        (["02_next"], "nothing was handed in for 02_next"),
    ):
        assert main(["similar", *wrong, *where]) == 2
        assert reason in capsys.readouterr().err
