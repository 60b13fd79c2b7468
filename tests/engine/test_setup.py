"""pyproject.toml, environment.yml and constraints.txt say the same, and the code needs no more."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from helpers import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]

# Modules that are not called like their distribution.
DISTRIBUTION = {"yaml": "pyyaml", "IPython": "ipython"}


def name_and_versions(requirement: Requirement) -> tuple[str, str]:
    return canonicalize_name(requirement.name), str(requirement.specifier)


def declared(*extras: str) -> list[Requirement]:
    lines = [*PYPROJECT["project"]["dependencies"], *(r for extra in extras for r in EXTRAS[extra])]
    return [Requirement(line) for line in lines]


def pins() -> dict[str, str]:
    versions = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"not one version: {line}"
            versions[canonicalize_name(requirement.name)] = specifier.version
    return versions


def foreign_imports(package: str) -> dict[str, set[str]]:
    """Top-level modules imported in `package` that are neither Python's nor its own, and where."""
    files: dict[str, set[str]] = {}
    # The last two are what locked processes call packages of ours.
    known = sys.stdlib_module_names | {package, "sandbox", "autograder_tester"}
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for module in {name.split(".")[0] for name in names} - known:
                files.setdefault(module, set()).add(str(path.relative_to(ROOT)))
    return files


def test_every_extra_exists():
    assert set(EXTRAS) >= {"grade", "cluster", "book", "test", "torch"}


def test_conda_users_get_the_same_dependencies():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = [Requirement(d) for d in environment["dependencies"] if isinstance(d, str)]
    (pip,) = [d for d in environment["dependencies"] if isinstance(d, dict)]
    ours = {name_and_versions(r) for r in declared("grade", "test")}
    ours |= {("python", PYPROJECT["project"]["requires-python"]), ("pip", "")}
    assert {name_and_versions(r) for r in listed} == ours
    assert pip == {"pip": ["-e ."]}


@pytest.mark.parametrize("requirement", declared(*EXTRAS), ids=str)
def test_the_lock_satisfies_pyproject(requirement: Requirement):
    version = pins().get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in constraints.txt"
    assert requirement.specifier.contains(version), f"the lock has {version}, wanted {requirement}"


def test_the_lock_holds_everything_that_the_dependencies_need():
    locked, missing = pins(), set()
    todo = [(r, frozenset(r.extras)) for r in declared("grade", "test")]
    seen = set()
    while todo:
        requirement, extras = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        if name not in locked:
            missing.add(name)
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # pre-commit, say, in an environment without it
            continue
        for line in needed:
            child = Requirement(line)
            marker = child.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *extras)):
                todo.append((child, frozenset(child.extras)))
    assert not missing


def test_the_lock_names_no_index_and_no_file():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in pinned if re.search(r"[/@+]|^-", line)] == []


def test_every_dependency_says_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for line in [*PYPROJECT["project"]["dependencies"], *(r for e in EXTRAS.values() for r in e)]:
        assert re.search(rf'^ *"{re.escape(line)}", *# \S+( \S+)+$', text, re.M), line


def test_the_library_needs_numpy_and_matplotlib_alone():
    imported = foreign_imports("cs231n_lib")
    comes_with_matplotlib = {Requirement(r).name for r in metadata.requires("matplotlib") or []}
    # IPython is used when it is there (in a notebook), pooch (which brings requests) only to
    # download CIFAR-10.
    allowed = {"matplotlib", "IPython", "pooch", "requests"} | comes_with_matplotlib
    assert set(imported) <= allowed, imported


def test_the_autograder_imports_only_what_is_declared():
    allowed = {canonicalize_name(r.name) for r in declared("grade", "cluster", "book")}
    for module, files in foreign_imports("autograder").items():
        name = canonicalize_name(DISTRIBUTION.get(module, module))
        message = f"{module} (in {sorted(files)}) is not in [grade], [cluster] or [book]"
        assert name in allowed, message


@pytest.mark.skipif(os.name == "nt", reason="a recipe is for make and a POSIX shell")
@pytest.mark.parametrize("there", [True, False])
def test_make_installs_with_uv_where_it_is(tmp_path: Path, there: bool):
    if there:
        (tmp_path / "uv").write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / "uv").chmod(0o755)
    if not there and shutil.which("uv", path="/usr/bin:/bin"):
        pytest.skip("uv is beside make")
    venv = tmp_path / "venv"
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    shown = subprocess.run(
        ["make", "-n", "lint", f"VENV={venv}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (line,) = (line for line in shown.splitlines() if line.endswith("-e '.[grade,test]'"))
    python = venv / "bin" / "python"
    pip = f"uv pip install --python {python}" if there else f"{python} -m pip install"
    assert line.startswith(f"{pip} -q -c constraints.txt")


def test_every_make_target_is_listed_by_help():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make (\w+)", shown, re.M)) == set(phony.split())
