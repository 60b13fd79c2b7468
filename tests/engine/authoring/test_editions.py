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
from autograder.project import Project

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


@pytest.fixture
def naming(tmp_path):
    """A project whose first notebook imports from the library, in two ways, beside a magic."""
    more = (
        "\n# %%\n%matplotlib inline\nfrom cs231n_lib import (\n    gradcheck,\n)\n"
        "import cs231n_lib.plotting as p\n"
    )
    return project(tmp_path / "project", first=small_course.FIRST_TEXT + more)


def test_an_edition_holds_what_its_notebooks_name_and_what_that_imports(naming, tmp_path):
    assert editions.modules("kmeans", naming) == {naming.library / "__init__.py"}
    names = {path.name for path in editions.modules(FIRST, naming)}
    assert names == {"__init__.py", "gradcheck.py", "plotting.py", "surfaces.py"}
    after = {path.name for path in editions.modules(SECOND, naming)}
    assert after == {*names, "layers.py"}, "the first notebook asked for a function in it"
    editions.write(FIRST, tmp_path, naming)
    edition = tmp_path / "cs231n_lib"
    stub = "layers.py"
    assert {path.name for path in edition.rglob("*.py")} == {*names, stub}
    same = {n for n in names if (edition / n).read_bytes() == (naming.library / n).read_bytes()}
    assert same == names - {"gradcheck.py"}
    files = {p.relative_to(edition) for p in edition.rglob("*") if p.is_file()}
    data = {p.relative_to(naming.library) for p in naming.library.rglob("*.npz")}
    assert data <= files


def test_packages_above_a_module_and_what_they_import_go_along(tmp_path):
    library = tmp_path / "lib"
    for name, text in {
        "__init__.py": "",
        "other.py": "",
        "first.py": "from . import second\n",
        "second.py": "",
        "deep/__init__.py": "from ..first import second\n",
        "deep/inner.py": "",
    }.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text(text, encoding="utf-8")
    made = Project(tmp_path, ("01_a",), library, exercises=lambda lesson: [])
    made.text("01_a").parent.mkdir(parents=True)
    made.text("01_a").write_text("from lib.deep import inner\n", encoding="utf-8")
    names = {path.relative_to(library).as_posix() for path in editions.modules("01_a", made)}
    assert names == {*("__init__.py", "deep/__init__.py", "deep/inner.py", "first.py", "second.py")}


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


def test_star_import_gives_what_is_left(naming, tmp_path):
    editions.write(FIRST, tmp_path, naming)
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


def test_private_functions_that_only_withheld_ones_use_go_with_them():
    source = (
        "def gone(x):\n    return _half(x)\n\n\n"
        "def _half(x):\n    return _third(x) + _shared(x)\n\n\n"
        "def _third(x):\n    return x / 3\n\n\n"
        "def _shared(x):\n    return x\n\n\n"
        "def _hook():\n    return 1\n\n\n"
        "def kept(x):\n    return _shared(x)\n"
    )

    def left(elsewhere=""):
        text = editions.without(source, {"gone": "01_x"}, "m", elsewhere)
        return [line.split("(")[0][4:] for line in text.splitlines() if line.startswith("def")]

    assert left() == ["_shared", "_hook", "kept", "__getattr__"]
    assert left("from m import _third") == ["_third", "_shared", "_hook", "kept", "__getattr__"]


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
