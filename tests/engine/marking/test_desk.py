"""What the page is told and asks for: groups, marks, several graders, what changes meanwhile."""

from __future__ import annotations

import json
import re

import pytest
from helpers.answered import ASSIGNMENT, UNTOUCHED, answer, answered
from helpers.graded_class import contents, twin
from helpers.words import grade_again, mark_in_formgrader

from autograder.bench.marking import NAME, class_of, measure
from autograder.errors import AutograderError
from autograder.marking import desk as desk_module
from autograder.marking import gradebook, view
from autograder.marking.desk import ACTIONS, Desk, ItemTyped
from autograder.marking.todo import take_requests, to_mark, waiting_of_course

MOVES = "It moves the plane away from zero, as in a picture of lines."
NEARLY = "It moves the plane away from zero, as in the picture of lines."
OTHER = "Because my teacher has said so."
ANSWERS = {"ada": MOVES, "ben": OTHER, "cleo": MOVES.upper(), "dan": NEARLY, "eve": "No idea."}


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    return answered(tmp_path_factory.mktemp("answered") / "course", ANSWERS)


@pytest.fixture
def course(whole_class, tmp_path):
    return twin(whole_class, tmp_path / "course")


@pytest.fixture
def desk(course):
    return Desk(course, ASSIGNMENT, "Ann")


def shown(desk, *skip, second=False):
    return desk.next("why", [group["key"] for group in skip], second)["group"]


def ids(group):
    return [member["id"] for member in group["members"]]


def save(desk, group, *items, points=None, comment="", second=False):
    return desk.save("why", ids(group), [*items], points, comment, second, group["key"])


def writers(desk, group):
    return {*desk.names("why", ids(group))["names"].values()}


def named(told):
    """The students whose names are in it, as words: an id may hold the letters "ada"."""
    return [name for name in ANSWERS if re.search(rf"\b{name}\b", json.dumps(told))]


def points(course):
    """Of whom nobody waits for, by student."""
    entries = gradebook.entries(course, Desk(course, ASSIGNMENT, "reader")._question("why"))
    return {name: entry.points for name, entry in entries.items() if not entry.waits}


# ------------------------------------------------------------------------------------ what is shown


def test_a_question_is_shown_with_its_model_answer_and_its_rubric_by_keys(desk):
    assert desk.overview()["questions"] == [
        {"name": "why", "max_points": 2.0, "waiting": 5, "marked": 0},
        {"name": "draw", "max_points": 3.0, "waiting": 5, "marked": 0},
    ]
    question = desk.open("why")
    assert "Why a bias?" in question["text"]
    assert "<strong>moves</strong>" in question["answer"]
    assert "Rubric" not in question["answer"]
    assert [(item["key"], item["points"]) for item in question["items"]] == [("1", 1.0), ("2", 1.0)]
    assert (question["waiting"], question["marked"]) == (5, 0)


def test_a_rubrics_formulas_and_marks_are_laid_out_and_its_tags_are_not(desk):
    typed = [ItemTyped(1.0, "a **sum** $x^2$"), ItemTyped(1.0, "<b onclick='f()'>no</b>")]
    first, second = (item["html"] for item in desk.set_items("why", typed)["items"])
    assert "<strong>sum</strong>" in first
    assert "<msup>" in first
    assert "<p>" not in first, "it stands in a line"
    assert "<b" not in second


def test_the_largest_group_comes_first_with_what_differs(desk):
    group = shown(desk)
    assert (group["size"], writers(desk, group)) == (3, {"ada", "cleo", "dan"})
    first, *others = group["members"]
    assert "moves the plane" in first["html"]
    differences = [member["differences"] for member in others]
    assert [] in differences
    (parts,) = filter(None, differences)
    assert {text.strip() for kind, text in parts if kind != "same"} == {"a", "the"}
    assert {member["html"] for member in others} == {""}
    assert "THE PLANE" in "".join(desk.member("why", id)["html"] for id in ids(group))


def test_nothing_says_whose_an_answer_is_until_somebody_asks(desk):
    group = shown(desk)
    told = [
        desk.overview(),
        desk.open("why"),
        group,
        desk.take_out("why", ids(group)[0], group["key"]),
    ]
    assert named(told) == []
    labels = [member["label"] for member in group["members"]]
    assert len(set(labels)) == 3


def test_one_after_the_other_until_nothing_is_left(desk):
    sizes, before = [], []
    while group := shown(desk, *before):
        sizes.append(group["size"])
        before.append(group)
    assert sizes == [3, 1, 1]
    assert shown(desk)["key"] == before[0]["key"]


def test_empty_answers_come_last(desk):
    for student, text in {"ada": " ", "cleo": " \n", "dan": UNTOUCHED}.items():
        answer(desk.course, student, text)
    first = shown(desk)
    second = shown(desk, first)
    assert writers(desk, first) | writers(desk, second) == {"ben", "eve"}
    assert writers(desk, shown(desk, first, second)) == {"ada", "cleo", "dan"}


# ------------------------------------------------------------------------------------ what is saved


def test_one_mark_for_a_group_reaches_the_gradebook_as_the_formgraders_would(desk, tmp_path):
    by_hand = twin(desk.course, tmp_path / "by-hand")
    group = shown(desk)
    saved = save(desk, group, "1", comment="Well seen.")
    assert (saved["saved"], saved["points"], saved["waiting"], saved["marked"]) == (3, 1.0, 2, 3)
    assert saved["comments"] == ["Well seen."]
    for student in ("ada", "cleo", "dan"):
        mark_in_formgrader(by_hand, student, 1.0, "Well seen.")
    assert contents(desk.course.db_url) == contents(by_hand.db_url)
    assert writers(desk, shown(desk)) <= {"ben", "eve"}


def test_points_that_are_typed_count_instead_of_the_items(desk):
    assert save(desk, shown(desk), "1", points=0.25)["points"] == 0.25
    assert points(desk.course) == {"ada": 0.25, "cleo": 0.25, "dan": 0.25}


def test_members_that_are_not_sent_to_the_page_are_marked_with_the_others(desk, monkeypatch):
    monkeypatch.setattr(view, "SHOWN", 2)
    group = shown(desk)
    assert (group["size"], len(group["members"])) == (3, 2)
    assert save(desk, group, "1")["saved"] == 3
    assert points(desk.course).keys() == {"ada", "cleo", "dan"}


@pytest.mark.parametrize("place", [0, 1])
def test_an_answer_that_is_taken_out_is_not_marked_with_its_group(desk, place):
    group = shown(desk)
    out = ids(group)[place]
    parts = desk.take_out("why", out, group["key"])
    assert (ids(parts["group"]), parts["rest"]["size"]) == ([out], 2)
    assert parts["rest"]["members"][0]["html"]
    save(desk, parts["rest"], "1")
    (name,) = writers(desk, parts["group"])
    assert points(desk.course).keys() == {"ada", "cleo", "dan"} - {name}
    assert ids(shown(desk)) == [out]
    with pytest.raises(AutograderError, match="not in this group"):
        desk.take_out("why", out, parts["group"]["key"])


def test_undone_it_waits_again_and_is_shown_with_what_was_given(desk):
    before = contents(desk.course.db_url)
    group = shown(desk)
    saved = save(desk, group, "2", comment="Hm.")
    again = desk.undo(saved["undo"])
    assert contents(desk.course.db_url) == before
    assert (ids(again["group"]), again["waiting"], again["marked"]) == (ids(group), 5, 0)
    assert again["group"]["draft"] == {"items": ("2",), "points": None, "comment": "Hm."}
    assert ids(shown(desk)) == ids(group)
    with pytest.raises(AutograderError):
        desk.undo(saved["undo"])
    with pytest.raises(AutograderError, match="no such save"):
        desk.undo("x why")


def test_what_did_not_reach_the_gradebook_comes_back_as_it_was_typed(desk, monkeypatch):
    def fail(*arguments):
        raise AutograderError("the disk is full")

    monkeypatch.setattr(gradebook, "write", fail)
    with pytest.raises(AutograderError, match="the disk is full"):
        save(desk, shown(desk), "1", points=0.5, comment="Half of it.")
    monkeypatch.undo()
    group = shown(Desk(desk.course, ASSIGNMENT, "Ann"))
    assert group["draft"] == {"items": ("1",), "points": 0.5, "comment": "Half of it."}
    assert points(desk.course) == {}


def test_a_page_goes_on_with_a_desk_that_was_started_again(desk):
    group = shown(desk)
    assert save(Desk(desk.course, ASSIGNMENT, "Ann"), group, "1")["saved"] == 3


def test_started_again_it_overwrites_no_mark_that_was_given_meanwhile(desk, course):
    group = shown(desk)
    mark_in_formgrader(course, "cleo", 0.5)
    again = Desk(course, ASSIGNMENT, "Ann")
    again.open("why")
    with pytest.raises(AutograderError, match="were marked meanwhile, so nothing was saved"):
        save(again, group, "1", "2")
    assert points(course) == {"cleo": 0.5}


def test_a_save_may_be_sent_twice_when_its_answer_was_lost(desk, course):
    group = shown(desk)
    save(desk, group, "1")
    again = Desk(course, ASSIGNMENT, "Ann")
    again.open("why")
    save(again, group, "1", "2")
    assert points(course) == {"ada": 2.0, "cleo": 2.0, "dan": 2.0}


def test_an_answer_that_cannot_be_read_is_not_among_the_empty_ones(desk, course):
    answer(course, "ben", UNTOUCHED)
    (course.autograded_dir(ASSIGNMENT, "dan") / f"{ASSIGNMENT}.ipynb").write_text("{}")
    groups = [shown(desk)]
    while group := shown(desk, *groups):
        groups.append(group)
    assert [writers(desk, group) for group in groups][1:] == [{"dan"}, {"eve"}, {"ben"}]


def test_a_rubric_that_is_changed_changes_who_has_it(desk):
    save(desk, shown(desk), "1")
    items = [desk_module.ItemTyped(0.5, "Moves", "1"), desk_module.ItemTyped(1.5, "New")]
    changed = desk.set_items("why", items)
    assert [(item["text"], item["key"]) for item in changed["items"]] == [
        ("Moves", "1"),
        ("New", "2"),
    ]
    assert {(one["before"], one["after"]) for one in changed["changed"]} == {(1.0, 0.5)}
    assert points(desk.course) == {"ada": 0.5, "cleo": 0.5, "dan": 0.5}
    assert named(changed) == []


# ------------------------------------------------------------------------- what changes meanwhile


def test_an_answer_that_changed_since_it_was_shown_is_not_marked(desk):
    group = shown(desk)
    answer(desk.course, "dan", "Something else.")
    with pytest.raises(AutograderError, match="1 of these answers changed"):
        save(desk, group, "1")
    assert points(desk.course) == {}
    groups = [shown(desk)]
    while other := shown(desk, *groups):
        groups.append(other)
    assert [group["size"] for group in groups] == [2, 1, 1, 1]


def test_a_mark_that_the_formgrader_gave_meanwhile_is_not_overwritten(desk):
    group = shown(desk)
    mark_in_formgrader(desk.course, "cleo", 0.75, "Mine.")
    with pytest.raises(AutograderError, match="somebody else"):
        save(desk, group, "1")
    assert points(desk.course) == {"cleo": 0.75}
    assert writers(desk, shown(desk)) == {"ada", "dan"}


def test_answers_that_come_meanwhile_are_shown(course):
    for student in ANSWERS:
        mark_in_formgrader(course, student, 1.0)
    desk = Desk(course, ASSIGNMENT, "Ann")
    assert shown(desk) is None
    grade_again(course, "ben")
    assert writers(desk, shown(desk)) == {"ben"}


def test_only_what_is_new_is_read_again(desk, monkeypatch):
    from autograder.marking import pile

    read = []
    real = pile.answers
    monkeypatch.setattr(pile, "answers", lambda *a: read.append(list(a[2])) or real(*a))
    desk.open("why")
    answer(desk.course, "eve", "I know: it moves the plane.")
    desk.open("why")
    assert [sorted(names) for names in read] == [sorted(ANSWERS), ["eve"]]


# ------------------------------------------------------------------------------------ once more


def test_what_changed_after_its_mark_comes_first_with_the_old_mark(desk):
    while group := shown(desk):
        save(desk, group, "1", comment="So so.")
    answer(desk.course, "ben", "It moves the plane.")
    grade_again(desk.course, "ben")
    answer(desk.course, "ada", MOVES)
    grade_again(desk.course, "eve")
    other = Desk(desk.course, ASSIGNMENT, "Bob")
    assert other.open("why")["waiting"] == 2
    groups = [shown(other)]
    groups.append(shown(other, *groups))
    reasons = {}
    for group in groups:
        (name,) = writers(other, group)
        before = group["members"][0]["before"]
        reasons[name] = before.pop("reason")
        assert before == {"points": 1.0, "items": ("1",), "comment": "So so.", "grader": "Ann"}
    assert reasons["ben"] != reasons["eve"]


def test_a_student_who_asks_is_looked_at_again_and_first(desk, tmp_path):
    while group := shown(desk):
        save(desk, group, "1")
    assert to_mark(desk.course, ASSIGNMENT) == {"why": 0, "draw": 5}
    asked = tmp_path / "asked.csv"
    asked.write_text("student,question,reason\neve,why,I knew\nzoe,why,Me too\n", encoding="utf-8")
    count, notes = take_requests(desk.course, ASSIGNMENT, asked)
    assert (count, len(notes)) == (1, 1)
    assert to_mark(desk.course, ASSIGNMENT)["why"] == 1
    assert desk.overview()["questions"][0]["waiting"] == 1
    assert desk.open("why")["marked"] == 4
    group = shown(desk)
    assert "I knew" in group["members"][0]["before"]["reason"]
    save(desk, group, "1", "2")
    assert desk.open("why")["waiting"] == 0
    assert points(desk.course)["eve"] == 2.0


# ------------------------------------------------------------------------------- several graders


def test_two_graders_get_different_groups(desk):
    other = Desk(desk.course, ASSIGNMENT, "Bob")
    mine, theirs = shown(desk), shown(other)
    assert writers(desk, mine).isdisjoint(writers(other, theirs))
    desk.leave("why", mine["key"])
    assert ids(shown(other, theirs)) == ids(mine)
    assert desk.renew("why", [mine["key"], "unknown"]) == {}


def test_a_second_reading_sees_no_first_mark_and_changes_none(desk):
    while group := shown(desk):
        save(desk, group, "1", comment="A first comment.")
    before = contents(desk.course.db_url)
    other = Desk(desk.course, ASSIGNMENT, "Bob")
    assert desk.open("why")["second"] == 0
    assert other.open("why")["second"] == 1
    group = shown(other, second=True)
    assert "A first comment." not in json.dumps(group)
    assert group["members"][0]["before"] is None
    done = save(other, group, "1", "2", second=True)
    assert (done["undo"], done["second"]) == (None, 0)
    assert (done["agreement"]["n"], done["agreement"]["same"]) == (1, 0)
    assert [(one["first"], one["second"]) for one in done["agreement"]["disagreements"]] == [
        (1.0, 2.0)
    ]
    assert contents(desk.course.db_url) == before
    with pytest.raises(AutograderError, match="somebody else"):
        save(other, group, "1", second=True)
    with pytest.raises(AutograderError, match="somebody else"):
        save(other, group, "1")


# ------------------------------------------------------------------------------------ what is asked


def test_what_does_not_exist_is_said(desk, course):
    for work in (
        lambda: desk.open("no"),
        lambda: desk.member("why", "no"),
        lambda: desk.names("why", ["no"]),
        lambda: desk.save("why", ["no"], [], key="no"),
        lambda: Desk(course, "99_none", "Ann"),
    ):
        with pytest.raises(AutograderError):
            work()
    assert {"open", "next", "save"} < ACTIONS
    assert not [name for name in ACTIONS if name.startswith("_")]
    assert waiting_of_course(course) == {ASSIGNMENT: 10}


@pytest.mark.slow
def test_the_benchmark_marks_the_class_that_it_measures(tmp_path):
    measured = class_of(tmp_path, 3)
    assert waiting_of_course(measured) == {NAME: 9}
    seconds = measure(measured)
    assert 0 < seconds["next"] <= seconds["slowest next"]
    assert 0 < seconds["save"] <= seconds["slowest save"]
    assert waiting_of_course(measured) == {NAME: 0}
