"""A keeper, run as a program: it encloses one process and prints, as JSON, what that could do.

Called as ``python -I -S enclosed.py SETTINGS`` (JSON; see `main`), because a test's own process may
have threads. The enclosed process runs `attempts.py` and `attempts_on_others.py`, or other code.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import runpy
import sys
import time
from pathlib import Path
from types import SimpleNamespace


def load(folder):
    """The package from its folder, as the template process has it; returns its modules."""
    spec = importlib.util.spec_from_file_location(
        "sandbox", f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    sys.modules["sandbox"] = importlib.util.module_from_spec(spec)
    from sandbox import isolation, landlock, lock, namespaces, paths, seccomp, system

    several = (isolation, landlock, lock, namespaces, paths, seccomp, system)
    return {module.__name__.partition(".")[2]: module for module in several}


def answer_of(function, at):
    try:
        return repr(function(at))
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
    except BaseException as error:
        return type(error).__name__


def main():
    """SETTINGS: what `isolation.plan` is given; package (its folder); site (added to the path);
    at (see `attempts.py`); code (a function body, instead of the attempts; "" for them);
    patch (code that breaks something first, run with the modules of the package and the plan).
    """
    settings = SimpleNamespace(**json.loads(sys.argv[1]))
    sys.path += settings.site
    modules = load(settings.package)
    isolation, paths = modules["isolation"], modules["paths"]
    own = runpy.run_path(str(Path(__file__).with_name("attempts.py")))["OWN"]
    harmful = runpy.run_path(str(Path(__file__).with_name("attempts_on_others.py")))["HARMFUL"]
    uid = isolation.unprivileged_user(os.getpid())
    at = SimpleNamespace(
        **settings.at, uid=os.geteuid() if uid is None else uid, keeper=os.getpid()
    )
    said, says = os.pipe()

    def run():
        if settings.code:
            body = "\n    ".join(settings.code.splitlines())
            scope = {}
            exec(f"def attempt(at):\n    {body}", scope)
            answers = {"code": answer_of(scope["attempt"], at)}
        else:
            several = own + harmful * (settings.level != "limits")
            answers = {each.__name__: answer_of(each, at) for each in several}
        os.write(says, json.dumps(answers).encode())

    outcome = {}
    try:
        plan = isolation.plan(
            settings.level, settings.scratch, settings.edition, settings.limits,
            settings.disk, settings.private, paths.hidden(), uid=uid,
        )  # fmt: skip
        outcome |= {"uid": plan.uid, "reads_all": plan.reads_all}
        scope = {**modules, "os": os, "plan": plan}
        exec(settings.patch, scope)
        started = time.perf_counter()
        pid = isolation.start(scope["plan"], run)
        outcome["milliseconds"] = 1e3 * (time.perf_counter() - started)
    except (isolation.Unavailable, RuntimeError) as error:
        outcome["refused"] = f"{type(error).__name__}: {error}"
        pid = 0
    os.close(says)
    if pid:
        outcome["status"] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        isolation.sweep()
    outcome["answers"] = json.loads(os.read(said, 1 << 16) or "null")
    outcome["left"] = paths.children()
    outcome["files"] = sorted(os.listdir(settings.scratch))
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
