"""What code may leave behind: in a module, in settings, in a generator, in a file.

Read from the text alone; where there is a doubt, it may. :class:`Library` knows this of the modules
that lie beside a notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from .effects import Effects, Statement, effects_of
from .scopes import Names

__all__ = ["LOOKS_UP", "LOOKS_UP_ANYWHERE", "MODULES", "Library", "changed", "is_in", "lasts"]

MODULES = (
    "autograder.check", "collections", "copy", "dataclasses", "fractions", "functools", "itertools",
    "math", "matplotlib", "numbers", "numpy", "operator", "re", "statistics", "string", "textwrap",
    "time", "typing",
)  # fmt: skip
"""Modules that keep no state, but for what is in _LASTING."""
_FOR_LIBRARIES = (
    "IPython.display", "__future__", "abc", "base64", "contextlib", "contourpy", "cycler", "enum",
    "hashlib", "html", "io", "json", "pathlib", "sys", "types", "warnings", "zlib",
)  # fmt: skip
"""The same, for what a library does with them."""
_LASTING = {
    "__setattr__", "breakpoint", "delattr", "dump", "exit", "imsave", "input", "ioff", "ion",
    "memmap", "mkdir", "open", "quit", "rc", "rcParams", "rc_file", "rcdefaults", "register",
    "rename", "rmdir", "save", "savefig", "savetxt", "savez", "savez_compressed",
    "set_printoptions", "set_string_function", "setattr", "setbufsize", "seterr", "seterrcall",
    "setprofile", "setrecursionlimit", "settrace", "switch_backend", "symlink_to", "tofile",
    "touch", "unlink", "use", "write", "write_bytes", "write_text", "writelines",
}  # fmt: skip
"""Functions and settings that leave something behind in a file, or in a library."""
_GENERATORS = {
    "BitGenerator", "Generator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence",
    "default_rng",
}  # fmt: skip
"""What numpy.random has besides its global generator."""
LOOKS_UP = {
    "In", "Out", "__builtins__", "__import__", "compile", "dir", "eval", "exec", "get_ipython",
    "globals", "locals", "vars",
}  # fmt: skip
"""Functions and variables through which code reads names that it does not show."""
LOOKS_UP_ANYWHERE = {
    "__dict__", "__globals__", "__main__", "_getframe", "builtins", "currentframe", "f_globals",
    "f_locals", "gc", "get_objects", "import_module", "inspect", "run_module", "run_path",
    "user_ns",
}  # fmt: skip
"""The same, also as attributes."""


def lasts(statement: Statement, imports: Mapping[str, str], looks_up: Set[str] = LOOKS_UP) -> bool:
    """Whether a statement may leave something behind in a file, in settings or in a generator.

    imports : what names are imported from, as {name: dotted name}.
    """
    words = statement.words & (_LASTING | LOOKS_UP_ANYWHERE)
    return bool(words or statement.loads & looks_up) or _draws(statement, imports)


def _draws(statement: Statement, imports: Mapping[str, str]) -> bool:
    """Whether it uses NumPy's global generator."""
    for chain in statement.chains | statement.loads:
        name, _, rest = chain.partition(".")
        parts = f"{imports.get(name, name)}.{rest}".strip(".").split(".")
        if parts[:2] == ["numpy", "random"] and (parts[2:3] or [""])[0] not in _GENERATORS:
            return True
    return False


def changed(names: Names, imports: Mapping[str, str]) -> set[str]:
    """The names whose value may be changed: not a module, by `np.append`."""
    changes = {name for name in names.changes if not is_in(imports.get(name, "?"), MODULES)}
    return names.touches | changes


def is_in(dotted: str, modules: Iterable[str]) -> bool:
    """Whether a dotted name is relative, or of one of these modules."""
    return dotted.startswith(".") or any(
        dotted == module or dotted.startswith(module + ".") for module in modules
    )


@dataclass
class Library:
    """The modules beside a notebook.

    roots : their packages; stateful : functions and classes that keep a state, or leave something
    behind; values : variables; functions : all functions, classes and modules.
    """

    roots: set[str] = field(default_factory=set)
    stateful: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Library:
        """Analyse a release's files, {path: bytes}; what the engine adds is left out."""
        sources = {
            path.removesuffix(".py"): data.decode("utf-8", "replace")
            for path, data in files.items()
            if path.endswith(".py") and not path.startswith("autograder/")
        }
        modules = {path.rpartition("/")[2]: effects_of(text) for path, text in sources.items()}
        library = cls({path.partition("/")[0] for path in sources}, functions=set(modules))
        for module, effects in modules.items():
            library.stateful |= {module} if effects.unknown else set()
            for statement in effects.statements:
                library.values |= statement.values
                library.functions |= statement.binds - statement.values - statement.imports.keys()
        definitions = [
            item
            for name, effects in modules.items()
            for item in library._definitions(name, effects)
        ]
        while lasting := [item for item in definitions if item[1] & library.stateful]:
            library.stateful.update(*(defined for defined, _ in lasting))
            definitions = [item for item in definitions if item not in lasting]
        return library

    def _definitions(self, module: str, effects: Effects) -> Iterator[tuple[set[str], set[str]]]:
        """What each definition of a module defines and reads, both also with the module's name.

        Notes those that leave something behind, or hand on a variable that others may change.
        """
        known = (*MODULES, *_FOR_LIBRARIES, *self.roots)
        imports = {n: dotted for item in effects.statements for n, dotted in item.imports.items()}
        doubtful = {name for name, dotted in imports.items() if not is_in(dotted, known)}
        for statement in effects.statements:
            names = statement.binds | statement.methods
            defined = names | {f"{module}.{name}" for name in names}
            if statement.imports:
                continue
            if (
                lasts(statement, imports, {"eval", "exec", "globals"})
                or statement.names & doubtful
                or not all(is_in(dotted, known) for dotted in statement.modules)
                or changed(statement.later, imports) & effects.binds
                or statement.later.binds
                or statement.later.shares & self.values & effects.binds
            ):
                self.stateful |= defined
                continue
            reads = set(statement.loads)
            for chain in statement.chains:
                top, _, rest = chain.partition(".")
                if imports.get(top, ".").partition(".")[0] in {*self.roots, ""}:
                    reads.add(rest.rpartition(".")[2])
            local = effects.binds - imports.keys()
            yield defined, {f"{module}.{name}" if name in local else name for name in reads}
