"""The student edition of the library: what this lesson needs, without what is still to be written.

It is an allow-list. It holds the modules that the texts of this and the earlier notebooks name,
those of the functions that earlier lessons asked for, and all that these modules import.

Of these modules it lacks the functions that this and later lessons ask for. Such a function is cut
out of its module's text, with the private functions that it alone uses, and importing it raises an
ImportError that says which lesson builds it. Everything else is the library, byte for byte.

An edition also holds the check, which every course imports by the same line, and its data.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import check
from ..errors import AutograderError
from ..project import Project, find_project
from ..syntax import imported_files

__all__ = ["CHECK", "modules", "sources", "withheld", "without", "write"]

CHECK = Path(check.__file__).parent
_PACKAGE = '"""What students have of the autograder: their check."""\n'
_COMMANDS = '''"""Says that the commands are elsewhere: students have the check alone."""

import sys

if __name__ == "__main__":
    print(
        "autograder: you are in a release, which is for students: it has the check alone, "
        "`python -m autograder.check NOTEBOOK.ipynb`. Type other commands in another folder.",
        file=sys.stderr,
    )
    sys.exit(2)
'''
_LATER = '"""What is here comes in a later lesson, or is what you build."""\n'
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
    """The answers that the edition for `notebook` lacks: {module: {function: its notebook}}."""
    project = project or find_project()
    earlier = project.earlier(notebook)
    return _answers([name for name in project.lessons if name not in earlier], project)


def _answers(lessons: Sequence[str], project: Project) -> dict[str, dict[str, str]]:
    """The functions of the library that these lessons ask for: {module: {function: lesson}}."""
    functions: dict[str, dict[str, str]] = {}
    for name in lessons if project.library else ():
        for exercise in project.load(name):
            for answer in exercise.answers.values():
                module = getattr(answer, "__module__", None) or ""
                if callable(answer) and _path(module, project):
                    answer_name = getattr(answer, "__name__", repr(answer))
                    functions.setdefault(module, {}).setdefault(answer_name, name)
    return functions


def modules(notebook: str, project: Project | None = None) -> set[Path]:
    """The files of the library's modules that the edition for `notebook` holds, edited or not."""
    project = project or find_project()
    if project.library is None:
        return set()
    earlier = project.earlier(notebook)
    texts = [project.text(name) for name in (*earlier, notebook)]
    names = [*_answers(earlier, project), project.library.name]
    for text in filter(Path.is_file, texts):
        names += _names_of_modules(text.read_text(encoding="utf-8"), project.library.name)
    files = {path for name in names for path in [_path(name, project)] if path}
    while True:
        packages = {folder / "__init__.py" for path in files for folder in path.parents}
        above = {path for path in packages if path.is_relative_to(project.library)}
        try:
            closed = imported_files([*files, *filter(Path.is_file, above)], [project.library])
        except FileNotFoundError as error:
            raise AutograderError(str(error)) from None
        if closed == files:
            return files
        files = closed


def _names_of_modules(text: str, library: str) -> Iterator[str]:
    """What `text` calls by a dotted name in the library, or imports from it.

    By the words alone, because a cell may hold magics.
    """
    yield from re.findall(rf"\b{library}(?:\.\w+)+", text)
    imports = rf"\bfrom\s+({library}[\w.]*)\s+import\s+(\([^)]*\)|.*)"
    for module, names in re.findall(imports, text):
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))


def _path(name: str, project: Project) -> Path | None:
    """The file of the innermost module in a dotted name; None if it is not in the library."""
    top, *parts = name.split(".")
    if project.library is None or top != project.library.name:
        return None
    for end in range(len(parts), -1, -1):
        path = project.library.joinpath(*parts[:end])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return file
    return None


def without(source: str, names: dict[str, str], module: str = "", elsewhere: str = "") -> str:
    """The text of a module without its top-level definitions `names` ({function: notebook}).

    A private function that only these use goes, too: one that neither the rest of the module nor
    the text `elsewhere` names.

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
    cuts = [_lines_of(node, lines) for node in [*definitions, *_unused(tree, names, elsewhere)]]
    new_exports, exports = _new_exports(tree, names)
    if new_exports:
        cuts.append((exports.lineno - 1, exports.end_lineno or exports.lineno))
    for start, end in sorted(cuts, reverse=True):
        is_exports = bool(new_exports) and start == exports.lineno - 1
        lines[start:end] = [new_exports] if is_exports else []
    return "".join(lines).rstrip("\n") + "\n" + _REFUSAL.format(table=repr(names))


def _unused(tree: ast.Module, names: dict[str, str], elsewhere: str) -> list[ast.FunctionDef]:
    """The private functions that only the definitions `names` use, directly or not."""
    texts = {node: ast.unparse(node) for node in tree.body}
    gone = [node for node in tree.body if getattr(node, "name", None) in names]
    unused: list[ast.FunctionDef] = []
    while True:
        kept = [node for node in tree.body if node not in gone]
        more = [
            node
            for node in kept
            if isinstance(node, ast.FunctionDef)
            and node.name.startswith("_")
            and _names_word(node.name, *(texts[user] for user in gone))
            and not _names_word(node.name, elsewhere, *(texts[n] for n in kept if n is not node))
        ]
        if not more:
            return unused
        unused += more
        gone += more


def _names_word(word: str, *texts: str) -> bool:
    return any(re.search(rf"\b{word}\b", text) for text in texts)


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
    allowed = modules(notebook, project)
    texts = {path: path.read_text(encoding="utf-8") for path in allowed}
    changed = {}
    for module, names in withheld(notebook, project).items():
        path = _path(module, project)
        assert project.library is not None
        assert path is not None
        elsewhere = "\n".join(text for other, text in texts.items() if other != path)
        name = path.relative_to(project.library).as_posix()
        if path in allowed:
            changed[name] = without(texts[path], names, module, elsewhere)
        else:
            changed[name] = _LATER + _REFUSAL.format(table=repr(names))
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
        allowed = {path.relative_to(project.library) for path in modules(notebook, project)}
        for path in [*edition.rglob("*.py")]:
            if path.relative_to(edition) not in allowed:
                path.unlink()
        for name, text in sources(notebook, project).items():
            (edition / name).write_text(text, encoding="utf-8", newline="\n")
    shutil.copytree(CHECK, folder / "autograder" / "check", ignore=_LEFT_OUT)
    for name, text in {"__init__.py": _PACKAGE, "__main__.py": _COMMANDS}.items():
        (folder / "autograder" / name).write_text(text, encoding="utf-8", newline="\n")
    for name in (*project.earlier(notebook), notebook):
        if (project.checks / name).is_dir():
            packs = folder / "checks" / name
            shutil.copytree(project.checks / name, packs, ignore=_LEFT_OUT)
