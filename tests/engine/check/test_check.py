"""The student's check: what it says about right, wrong, unfinished and broken answers."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
import warnings

import numpy as np
import pytest
from helpers.doubling import EXERCISE, any_x, double, messages, report_of, twice

from autograder.check import NotWritten, check, needs, progress, show, takes
from autograder.check.probe import run
from autograder.exercise import Exercise, Mistake, Test, choice, edit, source_of
from cs231n_lib import optim

# -- what it says ----------------------------------------------------------------------------


def warns(x):
    return 2 * x + 0 / np.maximum(np.abs(x) ** 2, 1)


def test_another_formula_passes_and_a_warning_fails_only_where_quiet_is_asked():
    assert report_of(lambda x: x + x).earned == 4
    statuses = [verdict.status for verdict in report_of(warns).verdicts]
    assert statuses == ["passed", "passed", "failed"]
    assert "overflow" in messages(warns)[2]


def test_a_known_mistake_is_named():
    report = report_of(lambda x: x**2)
    assert report.mistakes == ["squares"]
    assert report.verdicts[0].message == "It multiplies `x` by itself."
    assert report.earned == 0


def test_a_convention_from_elsewhere_is_marked():
    assert report_of(lambda x: x * 3).verdicts[0].elsewhere


def in_place(x):
    x *= 2
    return x


def test_a_changed_input_fails_only_the_test_that_asks():
    statuses = [verdict.status for verdict in report_of(in_place).verdicts]
    assert statuses[:2] == ["passed", "failed"]
    assert "changed its input `x`" in messages(in_place)[1]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: None, "`y` is None"),
        (lambda x: (2 * x)[:, :2], "shape (4, 2); expected shape (4, 3)"),
        (lambda x: np.where(x > 0, np.nan, 2 * x), "`y` is NaN at"),
        (lambda x: 2 * x + 1e-3, "`y` is wrong at all 12 places; largest relative error"),
        (lambda x: np.float32(2.001) * x.astype(np.float32), "float32"),
        (lambda x: (2 * x).astype(complex), "complex"),
        (lambda x: "2x", "is a str"),
        (lambda x: object(), "is a object"),
        (lambda x: {"y": 2 * x}, "is a dict"),
        (lambda x: (2 * x).astype(object), "dtype object"),
    ],
)
def test_a_difference_is_described(function, said):
    assert said in messages(function)[0]


def stub(x):
    raise NotImplementedError()


def test_a_stub_is_not_written_and_said_once():
    report = report_of(stub)
    assert {verdict.status for verdict in report.verdicts} == {"not written"}
    assert show.report_text(report).count("Not written yet") == 1


def divides(x):
    scale = 0
    return x / (1 // scale)


def test_an_exception_is_cut_to_the_students_lines():
    message = messages(divides)[0]
    assert message.splitlines()[0].startswith("in divides, line")
    assert "return x / (1 // scale)" in message
    assert message.splitlines()[-1].startswith("ZeroDivisionError")
    assert "probe" not in message


def test_a_result_of_the_wrong_form_shows_what_the_check_did():
    def pair(double, x):
        out, cache = double(x)  # noqa: RUF059  # as a student writes it
        return {"y": out}

    outcome = run(source_of(pair), ["double"], {"x": 1.0}, {"double": lambda x: None})
    assert "out, cache = double(x)" in outcome.error
    assert "is there a `return`?" in outcome.error
    outcome = run(source_of(pair), ["double"], {"x": 1.0}, {"double": lambda x: (x, x, x)})
    assert "exactly what its docstring says" in outcome.error


def noisy(x):
    print("debugging", x.shape)
    warnings.warn("an honest warning", stacklevel=2)
    return 2 * x


def test_printing_and_warnings_do_not_spoil_it(capsys):
    report = report_of(noisy)
    assert [verdict.status for verdict in report.verdicts[:2]] == ["passed", "passed"]
    assert "debugging (4, 3)" in show.report_html(report)
    assert capsys.readouterr() == ("", "")


def asks(x):
    return float(input("x? ")) * x


def exits(x):
    sys.exit("no more")


@pytest.mark.parametrize(
    ("function", "said"), [(asks, "nobody can answer it"), (exits, "SystemExit")]
)
def test_questions_and_exits_fail_like_any_exception(function, said):
    assert said in messages(function)[0]


def test_what_students_made_is_escaped():
    page = show.report_html(report_of(lambda x: exec("raise ValueError('<script>')")))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_mistake_that_explains_most_is_named():
    def add(f, x):
        return {"y": f(x)}

    exercise = Exercise(
        "f",
        "",
        {"f": lambda x: x},
        [
            Test("at zero", add, lambda rng: {"x": 0.0}),
            Test("at two", add, lambda rng: {"x": 2.0}),
        ],
        [
            Mistake("plus one", "", {"f": lambda x: x + 1}),
            Mistake("one", "", {"f": lambda x: 1.0}),
        ],
    )
    assert exercise.examine({"f": lambda x: 1.0}).mistakes == ["one"]
    assert exercise.examine({"f": lambda x: x + 1}).mistakes == ["plus one"]


# -- choices ----------------------------------------------------------------------------------

QUESTION = choice(
    "q", "slide", right="B", wrong={"A": "A is for apple.", "C": "C is not it."}, why="It is blue."
)


@pytest.mark.parametrize("answer", ["B", "b", " b ", "B.", "(b)", "B)", "b:", "'B'", ["B"]])
def test_the_right_option_in_any_spelling_is_told_why(answer):
    (verdict,) = QUESTION.examine({"q": answer}).verdicts
    assert (verdict.status, verdict.message) == ("passed", "It is blue.")


def test_a_wrong_option_is_told_why_and_an_open_one_is_not_written():
    assert QUESTION.examine({"q": "A)"}).verdicts[0].message == "A is for apple."
    assert QUESTION.examine({"q": None}).verdicts[0].status == "not written"


@pytest.mark.parametrize("answer", ["Z", "", "B or C", "A, B", 2, True, "blue", print])
def test_what_is_no_option_is_told_what_to_give(answer):
    (verdict,) = QUESTION.examine({"q": answer}).verdicts
    assert (verdict.status, verdict.mistake) == ("failed", "")
    assert verdict.message == "Give one letter: A, B or C."


def test_a_stored_question_does_not_hold_its_answer(tmp_path):
    QUESTION.pack("nb").save(tmp_path / "q.npz")
    with np.load(tmp_path / "q.npz") as archive:
        text = str(archive["pack"])
    assert text.count('"B"') == text.count('"A"') == 1, "as an option"


# -- the calls in a notebook ------------------------------------------------------------------


@pytest.fixture
def checks(tmp_path, monkeypatch):
    """A course whose one exercise is `double`."""
    EXERCISE.pack("00_doubling").save(tmp_path / "checks" / "00_doubling" / "double.npz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path


def test_check_finds_the_function_where_it_is_called(checks):
    def double(x):
        return np.multiply(2, x)

    assert check("double") == 4


def test_check_knows_its_exercises(checks):
    with pytest.raises(KeyError, match=r"got 'dubble'\. Did you mean 'double'\? Known: double"):
        check("dubble")


def test_progress_remembers(checks):
    assert progress() == 0
    check("double", {"double": in_place})
    assert progress("00_doubling") == 3
    assert "00_doubling: 3 of 4 points" in progress().text


def test_progress_follows_the_order_of_the_notebook(checks):
    for number, name in enumerate(["zebra", "ant"]):
        other = dataclasses.replace(EXERCISE, name=name)
        other.pack("00_doubling", number=number + 1).save(checks / f"checks/00_doubling/{name}.npz")
    lines = progress().text.splitlines()[1:]
    assert [line.split()[1] for line in lines] == ["double", "zebra", "ant"]


def test_progress_counts_what_a_person_reads_and_shows_notebooks_that_are_there(checks):
    EXERCISE.pack("01_next").save(checks / "checks" / "01_next" / "again.npz")
    (checks / "checks" / "00_doubling" / "unchecked.json").write_text('{"questions": 6}')
    assert {line[:2] for line in progress().text.splitlines()} == {"00", "01", "  "}
    (checks / "00_doubling.ipynb").touch()
    assert "00_doubling: 0 of 10 points" in progress().text
    assert "… marked by hand (6)" in progress().text
    assert "marked by hand (6)" in progress().html
    assert "01_next" not in progress().text
    assert "01_next: 0 of 4 points" in progress("01_next").text


def test_progress_lives_with_a_broken_or_forbidden_file(checks):
    (checks / "progress.json").write_text("[broken")
    assert progress() == 0
    (checks / "progress.json").unlink()
    (checks / "progress.json").mkdir()
    assert check("double", {"double": lambda x: x + x}) == 4


def test_progress_does_not_replace_a_device(checks, monkeypatch):
    os.mkfifo(checks / "device")
    monkeypatch.setenv("AUTOGRADER_PROGRESS", str(checks / "device"))
    check("double", {"double": in_place})
    assert stat.S_ISFIFO((checks / "device").stat().st_mode)


def test_needs_stops_a_cell_in_one_line(checks):
    double = stub
    assert double is stub
    with pytest.raises(NotWritten, match="your `double`") as caught:
        needs("double")
    (line,) = caught.value._render_traceback_()
    assert line.isascii(), "no glyph that needs a font of its own"
    double = EXERCISE.answers["double"]
    needs("double")


def test_a_slow_cell_says_how_long_it_takes(capsys):
    takes(8.4)
    assert capsys.readouterr().out == "This cell takes about 8 seconds.\n"


def test_the_score_is_a_number_for_nbgrader_in_a_kernel_and_a_report_elsewhere(monkeypatch):
    score = show.Score(2.5, "the report", "<b>the report</b>")
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert repr(score) == "the report"
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert repr(score) == "2.5"
    assert score._repr_html_() == "<b>the report</b>"


# -- how an exercise is written ---------------------------------------------------------------


def test_an_edit_must_fit_once():
    with pytest.raises(ValueError, match="must occur once, got 0 times"):
        edit(double, ("4 * x", "x"))


def test_an_edit_of_a_library_function_changes_nothing_else():
    wrong = edit(optim.sgd_momentum, ("return w + v", "return w - v"))
    w, dw = np.zeros(2), np.ones(2)
    assert wrong["sgd_momentum"](w, dw)[0] == pytest.approx([0.01, 0.01])
    assert optim.sgd_momentum(w, dw)[0] == pytest.approx([-0.01, -0.01])


def test_a_reference_that_fails_its_own_test_is_an_error():
    broken = Exercise("f", "", {"f": stub}, [Test("t", twice, any_x)])
    with pytest.raises(ValueError, match="the reference fails"):
        broken.pack("nb")


def test_the_check_needs_neither_matplotlib_nor_the_grader():
    code = (
        "import sys; sys.modules['matplotlib'] = sys.modules['nbformat'] = None\n"
        "import autograder.check\n"
        "ours = {name for name in sys.modules if name.startswith('autograder.')}\n"
        "assert all(name.startswith('autograder.check') for name in ours), ours"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
