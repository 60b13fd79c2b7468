"""The student edition of the library: without the functions that students still have to write.

The exercises say which: their answers that are functions of the library. A function is given away
only if a lesson before this one asked for it; all others are withheld. A withheld function is cut
out of its module's text, and importing it raises an ImportError that says which lesson builds it.
Everything else is the library, byte for byte.

An edition also holds the check, which every course imports by the same line, and its data.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

from .. import check
from ..errors import AutograderError
from ..project import Project, find_project

__all__ = ["CHECK", "sources", "withheld", "without", "write"]

CHECK = Path(check.__file__).parent
_PACKAGE = '"""What students have of the autograder: their check."""\n'
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "tests", ".*")

_REFUSAL = """

def __getattr__(name: str) -> object:
    built_in = {table}
    if name in built_in:
        raise ImportError(
            f"{{name}} is what you build in {{built_in[name]}}; "
            "this edition of the library leaves it to you: use your own function."
        )
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
"""


def withheld(notebook: str, project: Project | None = None) -> dict[str, dict[str, str]]:
    """The functions that the edition for `notebook` lacks: {module: {function: its notebook}}."""
    project = project or find_project()
    functions: dict[str, dict[str, str]] = {}
    if project.library is None:
        return functions
    earlier = project.earlier(notebook)
    for name in (name for name in project.lessons if name not in earlier):
        for exercise in project.load(name):
            for answer in exercise.answers.values():
                module = getattr(answer, "__module__", None) or ""
                if callable(answer) and module.partition(".")[0] == project.library.name:
                    answer_name = getattr(answer, "__name__", repr(answer))
                    functions.setdefault(module, {}).setdefault(answer_name, name)
    return functions


def without(source: str, names: dict[str, str], module: str = "") -> str:
    """The text of a module without its top-level definitions `names` ({function: notebook}).

    >>> module = "__all__ = ['a', 'b']\\n\\n# why\\ndef a(): pass\\n\\nb = 1\\n"
    >>> print(without(module, {"a": "01_x"}))
    __all__ = [
        "b",
    ]
    <BLANKLINE>
    b = 1
    <BLANKLINE>
    <BLANKLINE>
    def __getattr__(name: str) -> object:
        built_in = {'a': '01_x'}
    ...
    """
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    definitions = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names
    ]
    missing = sorted(set(names) - {node.name for node in definitions})
    if missing:
        raise AutograderError(
            f"{module}: no top-level definition of {', '.join(missing)} to withhold"
        )
    if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        raise AutograderError(f"{module}: must not define __getattr__, since its edition does")
    cuts = [_lines_of(node, lines) for node in definitions]
    new_exports, exports = _new_exports(tree, names)
    if new_exports:
        cuts.append((exports.lineno - 1, exports.end_lineno or exports.lineno))
    for start, end in sorted(cuts, reverse=True):
        is_exports = bool(new_exports) and start == exports.lineno - 1
        lines[start:end] = [new_exports] if is_exports else []
    return "".join(lines).rstrip("\n") + "\n" + _REFUSAL.format(table=repr(names))


def _lines_of(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> tuple[int, int]:
    """The lines [start, end) of a definition, with comments above it and blank lines below."""
    start = min(item.lineno for item in [node, *node.decorator_list]) - 1
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    end = node.end_lineno or node.lineno
    while end < len(lines) and not lines[end].strip():
        end += 1
    return start, end


def _new_exports(tree: ast.Module, names: dict[str, str]) -> tuple[str, ast.stmt]:
    """``__all__`` without `names` ("" if it does not change), and the statement it replaces."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            before = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            after = [name for name in before if name not in names]
            text = "".join(f'    "{name}",\n' for name in after)
            return ("" if before == after else f"__all__ = [\n{text}]\n"), node
    return "", ast.Pass()


def sources(notebook: str, project: Project | None = None) -> dict[str, str]:
    """The edited modules of the edition: {path below the library: text}."""
    project = project or find_project()
    changed = {}
    for module, names in withheld(notebook, project).items():
        assert project.library is not None
        path = Path(*module.split(".")[1:])
        is_package = (project.library / path).is_dir()
        path = path / "__init__.py" if is_package else path.with_suffix(".py")
        source = (project.library / path).read_text(encoding="utf-8")
        changed[path.as_posix()] = without(source, names, module)
    return changed


def write(notebook: str, folder: Path, project: Project | None = None) -> None:
    """Write the edition for `notebook` into `folder`, replacing any edition there.

    It holds the library, the check, and the check's data for the lessons up to this one.
    """
    project = project or find_project()
    for name in ("autograder", "checks", *([project.library.name] if project.library else [])):
        shutil.rmtree(folder / name, ignore_errors=True)
    if project.library:
        edition = folder / project.library.name
        shutil.copytree(project.library, edition, ignore=_LEFT_OUT)
        for path, text in sources(notebook, project).items():
            (edition / path).write_text(text, encoding="utf-8", newline="\n")
    shutil.copytree(CHECK, folder / "autograder" / "check", ignore=_LEFT_OUT)
    package = folder / "autograder" / "__init__.py"
    package.write_text(_PACKAGE, encoding="utf-8", newline="\n")
    for name in (*project.earlier(notebook), notebook):
        if (project.checks / name).is_dir():
            packs = folder / "checks" / name
            shutil.copytree(project.checks / name, packs, ignore=_LEFT_OUT)
