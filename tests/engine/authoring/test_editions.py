"""The student edition: what is withheld is gone, and the rest is the library."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import os
import subprocess
import sys

import pytest
from helpers import LESSONS, ROOT, small_course
from helpers.at_home import texts_in
from helpers.small_course import FIRST, SECOND, project

from autograder.authoring import editions
from autograder.authoring.build import build
from autograder.errors import AutograderError

REAL = LESSONS


@pytest.fixture
def small(tmp_path):
    made = project(tmp_path / "project")
    build(project=made)
    return made


def run(folder, script):
    """Run a script that sees the edition in `folder` as cs231n_lib."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )


def functions_of(withheld):
    for module, names in withheld.items():
        for name in names:
            yield getattr(importlib.import_module(module), name)


def code_lines(function):
    """The lines of a function's body that hold code, without its docstring."""
    source, first = inspect.getsourcelines(function)
    node = ast.parse("".join(source)).body[0]
    start = node.body[1 if ast.get_docstring(node) else 0].lineno
    return {first + n: line.strip() for n, line in enumerate(source) if n + 1 >= start}


def test_withheld_are_the_functions_that_this_and_later_notebooks_ask_for(small):
    assert editions.withheld(FIRST, small) == {
        "cs231n_lib.layers": {"affine_forward": FIRST},
        "cs231n_lib.gradcheck": {"relative_error": SECOND},
    }
    assert editions.withheld(SECOND, small) == {"cs231n_lib.gradcheck": {"relative_error": SECOND}}
    everything = {**editions.withheld(SECOND, small), **editions.withheld(FIRST, small)}
    assert editions.withheld("kmeans", small) == everything, "a stranger's name gives nothing away"


def test_the_edition_is_the_library_but_for_what_is_withheld(small, tmp_path):
    editions.write(SECOND, tmp_path, small)
    edition = tmp_path / "cs231n_lib"
    library = small.root / "cs231n_lib"
    mine = {p.relative_to(edition) for p in edition.rglob("*") if p.is_file()}
    theirs = {
        p.relative_to(library)
        for p in library.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert mine == theirs
    differing = [
        p.as_posix()
        for p in sorted(mine)
        if (edition / p).read_bytes() != (library / p).read_bytes()
    ]
    assert differing == ["gradcheck.py"]


def test_checks_of_later_notebooks_are_not_in_it(small, tmp_path):
    editions.write(FIRST, tmp_path, small)
    assert [p.name for p in (tmp_path / "checks").iterdir()] == [FIRST]
    editions.write(SECOND, tmp_path, small)
    assert sorted(p.name for p in (tmp_path / "checks").iterdir()) == [FIRST, SECOND]


def test_asking_for_what_is_withheld_says_where_it_is_built(small, tmp_path):
    editions.write(FIRST, tmp_path, small)
    said = run(tmp_path, "from cs231n_lib.gradcheck import relative_error").stderr.splitlines()[-1]
    assert said.startswith("ImportError: relative_error is what you build in 02_next;")
    said = run(tmp_path, "import cs231n_lib.layers as l; l.affine_forward").stderr.splitlines()[-1]
    assert said.startswith("ImportError: affine_forward is what you build in 01_small;")
    said = run(tmp_path, "import cs231n_lib.layers as l; l.nothing").stderr.splitlines()[-1]
    assert said == "AttributeError: module 'cs231n_lib.layers' has no attribute 'nothing'"


def test_star_import_gives_what_is_left(small, tmp_path):
    editions.write(FIRST, tmp_path, small)
    script = "from cs231n_lib.gradcheck import *; print(sorted(n for n in dir() if n[0] != '_'))"
    assert run(tmp_path, script).stdout.strip() == "['numerical_gradient']"


def test_the_examples_hold():
    result = doctest.testmod(editions, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0


def test_comments_and_decorators_go_with_their_function():
    source = (
        "import functools\n\n\n"
        "# the trick is to double\n# twice\n@functools.cache\ndef gone(x):\n    return x * 2\n\n\n"
        "# stays\ndef kept():\n    return 1\n"
    )
    text = editions.without(source, {"gone": "01_x"}, "m")
    assert text.startswith(
        "import functools\n\n\n# stays\ndef kept():\n    return 1\n\n\ndef __getattr__"
    )


def test_a_name_that_is_no_top_level_definition_is_an_error():
    with pytest.raises(AutograderError, match="m: no top-level definition of b to withhold"):
        editions.without("def a(): pass\n", {"b": "01_x"}, "m")


def test_a_module_with_its_own_getattr_is_an_error():
    with pytest.raises(AutograderError, match="must not define __getattr__"):
        editions.without("def a(): pass\ndef __getattr__(n): pass\n", {"a": "01_x"}, "m")


def test_answers_that_are_not_of_the_library_withhold_nothing(small):
    names = {name for found in editions.withheld(FIRST, small).values() for name in found}
    assert small_course.LINEAR.name not in names


@pytest.mark.parametrize("notebook", REAL)
def test_no_line_of_a_withheld_function_is_in_a_real_edition(notebook, tmp_path):
    withheld = editions.withheld(notebook)
    functions = list(functions_of(withheld))
    assert functions, "each notebook builds something"
    secret: dict[str, str] = {}
    taken: dict[str, set[int]] = {}
    for function in functions:
        file = inspect.getsourcefile(function)
        source, first = inspect.getsourcelines(function)
        taken.setdefault(file, set()).update(range(first, first + len(source)))
        secret |= dict.fromkeys(code_lines(function).values(), function.__name__)
    kept = "\n".join(
        line
        for path in sorted((ROOT / "cs231n_lib").rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if number not in taken.get(str(path), ())
    )
    # What other functions say too (`return out, cache`) gives nothing away.
    secret = {line: name for line, name in secret.items() if len(line) > 10 and line not in kept}
    told = set(secret.values())
    silent = {function.__name__ for function in functions} - told
    assert len(told) > len(silent), f"nothing to look for in {silent}"
    editions.write(notebook, tmp_path)
    text = "\n".join(texts_in(tmp_path))
    assert {line: name for line, name in secret.items() if line in text} == {}


@pytest.mark.parametrize("notebook", REAL)
def test_a_real_edition_imports_and_refuses_each_withheld_function(notebook, tmp_path):
    editions.write(notebook, tmp_path)
    modules = [
        ".".join(path.relative_to(tmp_path).with_suffix("").parts)
        for path in sorted(tmp_path.rglob("*.py"))
        if path.name != "__init__.py"
    ]
    withheld = editions.withheld(notebook)
    script = (
        "import importlib\n"
        f"modules = {{name: importlib.import_module(name) for name in {modules!r}}}\n"
        f"assert all(m.__file__.startswith({str(tmp_path)!r}) for m in modules.values())\n"
        f"for module, names in {withheld!r}.items():\n"
        "    scope = {}\n"
        "    exec(f'from {module} import *', scope)\n"
        "    for name, built_in in names.items():\n"
        "        assert name not in scope\n"
        "        try:\n"
        "            exec(f'from {module} import {name}')\n"
        "        except ImportError as error:\n"
        "            assert f'{name} is what you build in {built_in};' in str(error), error\n"
        "        else:\n"
        "            raise SystemExit(f'{name} can be imported')\n"
    )
    ran = run(tmp_path, script)
    assert ran.returncode == 0, ran.stderr
