"""The parts of the book, each without making the whole; ``test_tiny_book`` makes one."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from helpers.small_course import FIRST, SECOND, SECOND_TEXT, project
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import GenerateAssignment

from autograder.authoring import build
from autograder.authoring.build import source_notebook
from autograder.authoring.percent import kind
from autograder.book import executed as executed_module
from autograder.book.answers import STAGES, emptied, released
from autograder.book.executed import executed, shown, with_outputs
from autograder.book.headings import places
from autograder.book.mathml import spoken
from autograder.book.pages import assemble, lesson_files, notebook_page, worked
from autograder.book.secrecy import shown_secrets
from autograder.book.site import make
from autograder.book.source_pages import shown_source
from autograder.errors import AutograderError

FIGURE = new_output("display_data", {"image/png": "iVBORw0KGgo="})
WARNING = new_output("stream", name="stderr", text="/home/someone/x.py: UserWarning")
SOLUTION = "flattened_rows @ w + b"
SOLVED = "x.reshape(len(x), features) @ w + b"


@pytest.fixture
def small(tmp_path):
    return project(tmp_path / "project")


# --- notebooks


def test_a_page_goes_through_the_stages_of_nbgrader_s_release():
    stages = GenerateAssignment.preprocessors.default_args[0]
    unseen = {"IncludeHeaderFooter", "InstantiateTests", "CheckCellMetadata", "ComputeChecksums"}
    seen = [stage for stage in stages if stage.__name__ not in {*unseen, "SaveCells"}]
    assert list(STAGES) == seen


def test_outputs_go_to_the_cell_of_the_same_id_and_no_answer_with_them(small):
    source = source_notebook(FIRST, small)
    for cell in source.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("stream", name="stdout", text=f"from {cell.id}")]
    page = notebook_page(FIRST, source)
    texts = {cell.id: cell.outputs[0].text for cell in page.cells if cell.cell_type == "code"}
    assert texts == {name: f"from {name}" for name in texts}
    assert kind(source.cells[2])[1] in texts["affine_solution"]
    text = "\n".join(cell.source for cell in page.cells)
    assert "flattened_rows" not in text
    assert "Model answer" not in text
    assert "YOUR CODE HERE" in text


def test_what_came_out_is_folded_where_the_reader_guesses(small):
    source = source_notebook(FIRST, small)
    texts = [
        'guess("x", ...)',
        '# reveal("x", 1) comes later\nother = 1',
        'said = guessed("x")\nreveal("x", 1)',
    ]
    cells = [new_code_cell(text, outputs=[FIGURE]) for text in texts]
    folded = "<details><summary>What came out</summary>\n\n*A falling line.*\n\n</details>"
    source.cells += [*cells, new_markdown_cell(folded)]
    page = {cell.source: cell.metadata for cell in notebook_page(FIRST, source).cells}
    both = ["hide-input", "hide-output"]
    assert [page[text].get("tags") for text in texts] == [["hide-input"], ["hide-input"], both]
    assert page[texts[2]]["mystnb"]["image"] == {"alt": "A falling line."}
    prompts = [page[text]["mystnb"]["code_prompt_show"] for text in texts[1:]]
    assert prompts == ["The code of this figure", "The cell's {type}"]


def test_a_cell_without_a_figure_folds_only_what_stands_beside_the_guess(small):
    source = source_notebook(FIRST, small)
    source.cells += [new_code_cell('reveal("x", 1)'), new_code_cell("other = 1")]
    shows, other = (cell.metadata for cell in notebook_page(FIRST, source).cells[-2:])
    assert (shows["tags"], other.get("tags")) == (["hide-output"], None)
    assert shows["mystnb"]["code_prompt_show"] == "What the cell shows"


def test_a_page_says_how_to_do_the_notebook_and_marks_its_cells(small):
    page = notebook_page(FIRST, source_notebook(FIRST, small))
    assert page.cells[0].source.startswith("# A small notebook")
    box = page.cells[1].source
    assert f"autograder release {FIRST}" in box
    assert 'check("affine")' in box
    tags = {cell.id: cell.metadata["tags"] for cell in page.cells if "tags" in cell.metadata}
    assert tags["affine_solution"] == ["solution"]
    assert tags["affine"] == ["check"]
    nbformat.validate(page)


def test_a_figure_is_described_by_the_text_below_it():
    cells = [
        new_code_cell("plot()", outputs=[FIGURE]),
        new_markdown_cell("*Two `curves`: one falls like $1/n$.*\n\nMore about it."),
        new_code_cell("plot()", outputs=[FIGURE]),
    ]
    page = with_outputs(new_notebook(cells=cells), new_notebook(cells=cells))
    alts = [page.cells[i].metadata["mystnb"]["image"]["alt"] for i in (0, 2)]
    assert alts == ["Two curves: one falls like 1/n.", "A figure; the code above draws it."]


def test_warnings_with_somebody_s_folders_are_not_shown():
    node = new_notebook(cells=[new_code_cell("1", outputs=[WARNING, FIGURE])])
    assert shown(node).cells[0].outputs == [FIGURE]


def test_a_notebook_runs_again_only_after_it_or_the_library_has_changed(small, monkeypatch):
    runs = []
    monkeypatch.setattr(executed_module, "_run", lambda source, *_: runs.append(1) or source)
    for _ in range(2):
        executed(FIRST, small, small.root / "cache", runs.append)
    assert runs == [f"running {FIRST}", 1]
    library = small.root / "cs231n_lib" / "optim.py"
    library.write_text(library.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    executed(FIRST, small, small.root / "cache", runs.append)
    text = small.text(FIRST)
    text.write_text(text.read_text(encoding="utf-8").replace("zeros(3)", "ones(3)"), "utf-8")
    executed(FIRST, small, small.root / "cache", runs.append)
    assert runs.count(1) == 3
    assert len(list((small.root / "cache").iterdir())) == 1


def test_a_notebook_is_run_with_its_solutions_and_a_fault_is_named(tmp_path):
    made = project(tmp_path / "project")
    build.build([], made)
    ran = executed(FIRST, made, tmp_path / "cache", lambda line: None)
    checked = next(cell for cell in ran.cells if cell.id == "affine")
    assert "4.5 of 4.5 points" in checked.outputs[0].data["text/html"]
    text = made.text(SECOND)
    text.write_text(text.read_text(encoding="utf-8") + "\n# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(AutograderError, match=rf"{SECOND} cannot be shown(.|\n)*ZeroDivision"):
        executed(SECOND, made, tmp_path / "cache", lambda line: None)


def test_the_solutions_page_has_each_answer_without_its_marks(small):
    page = worked(FIRST, source_notebook(FIRST, small))
    assert "## `affine`" in page
    assert SOLUTION in page
    assert "**Rubric.**" in page
    assert "SOLUTION" not in page


def test_a_notebook_without_a_heading_gets_its_name_for_one(tmp_path):
    bare = new_notebook(cells=[new_code_cell("1")])
    page = notebook_page("01_bare", bare)
    assert page.cells[0].source == "# 01_bare"
    assert "check(" not in page.cells[1].source
    made = project(tmp_path / "project", second=SECOND_TEXT.replace("# # The", "# The"))
    (place,) = places(SECOND, made)
    assert (place.heading, place.link) == (SECOND, f"{SECOND}.ipynb")
    assert place.cells == ("relative_error",)


def test_the_table_of_notebooks_has_what_their_first_cells_say(small, tmp_path):
    text = "# The title\n\nWords.\n\n**Time:** two hours. **Points:** 3: more. **Paper:** by A."
    ran = {FIRST: new_notebook(cells=[new_markdown_cell(text)])}
    (tmp_path / "book").mkdir()
    page = tmp_path / "book" / "index.md"
    page.write_text("# Book\n\n<!-- notebooks: Time, Paper -->\n", encoding="utf-8")
    written = replace(small, book=tmp_path / "book", exercises=lambda lesson: [])
    assemble(tmp_path / "out", written, ran, cache=tmp_path / "cache", tell=str)
    index = (tmp_path / "out" / "index.md").read_text(encoding="utf-8")
    assert "| notebook | time | paper |" in index
    assert f"| [The title](notebooks/{FIRST}.ipynb) | two hours | by A |" in index


def test_files_of_one_name_with_different_content_are_refused(small):
    for lesson, text in ((FIRST, "a"), (SECOND, "b")):
        path = small.lesson(lesson) / "files" / "table.csv"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    with pytest.raises(AutograderError, match=r"files/table.csv differ"):
        lesson_files(small)


# --- the library


def test_the_source_shows_what_is_given_and_not_what_is_built(small):
    text = shown_source("cs231n_lib.layers", small, solutions=False)
    compile(text, "layers.py", "exec")
    assert "def affine_forward(" in text
    assert "You build this in 01_small." in text
    assert SOLVED not in text
    assert "def affine_backward(" in text
    whole = small.library / "layers.py"
    assert SOLVED in whole.read_text(encoding="utf-8")
    assert shown_source("cs231n_lib.layers", small, solutions=True) == whole.read_text("utf-8")


def test_a_decorator_and_a_long_signature_stay():
    source = "@cached\ndef f(\n    a: int,\n) -> int:\n    x = a\n\n    return x\n\n\ny = 1\n"
    kept = (
        "@cached\ndef f(\n    a: int,\n) -> int:\n    ...  # You build this in 01_x.\n\n\ny = 1\n"
    )
    assert emptied(source, {"f": "01_x"}) == kept


# --- secrets


def test_a_shown_line_of_a_solution_is_found_in_pages_frames_and_scripts(small, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    releases = [released(source_notebook(name, small)) for name in (FIRST, SECOND)]
    (site / "fine.html").write_text("<p>x times w, plus b</p>", encoding="utf-8")
    assert shown_secrets(site, releases, small) == []
    coloured = '<span class="n">flattened_rows</span> = x.reshape(<b>len</b>(x), -1)'
    (site / "page.html").write_text(coloured, encoding="utf-8")
    framed = '<iframe srcdoc="largest_of_both = np.maximum(np.abs(a), np.abs(b))">'
    (site / "frame.html").write_text(framed, encoding="utf-8")
    (site / "searchindex.js").write_text('x = ["forgotten_bias = x.reshape(len(x), -1) @ w"]')
    secrets = shown_secrets(site, releases, small)
    assert [line.partition(":")[0] for line in secrets] == [
        "frame.html",
        "page.html",
        "searchindex.js",
    ]


def test_a_folder_with_something_else_in_it_is_not_overwritten(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(AutograderError, match=r"--output must be a new folder"):
        make(tmp_path, tmp_path / "work", small)


# --- formulas


def test_a_description_reads_fractions_roots_and_powers():
    assert spoken(r"At $\tfrac14$, $\sqrt{n}$, $x^2$ and $10^{-8}$.") == (
        "At 1/4, √(n), x^2 and 10^−8."
    )
