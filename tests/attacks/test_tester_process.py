"""Attacks on hand-written tests out of reach: on libraries, hooks, names, files and processes.

All of it happens in the student's process, where no test runs.
"""

from __future__ import annotations

import pytest
from helpers.tester_attacks import QUICK, TASKS, Attack, check, marks

WRONG = "\n---\ndef f(x):\n    return 5\n"
ATTACKS = {
    "numpy.testing": Attack(
        "numpy",
        "import numpy as np\nfor name in dir(np.testing):\n"
        "    setattr(np.testing, name, lambda *args, **options: None)\n"
        "np.allclose = lambda *args, **options: True" + WRONG.replace("5", "np.ones(1)"),
        True,
    ),
    "builtins": Attack("near", "import builtins\nbuiltins.abs = lambda x: 0" + WRONG, True),
    "hashlib": Attack(
        "digest",
        """
        import hashlib, types
        digest = "4a1d1c8b7f0e"
        class Digest:
            def hexdigest(self): return Same()
        class Same(str):
            def __eq__(self, other): return True
        hashlib.sha256 = lambda data: Digest()
        sha256 = hashlib.sha256
        answer = "no"
        """,
        True,
    ),
    "unittest": Attack(
        "unittest",
        "import unittest\nfor name in ('assertEqual', 'assertAlmostEqual'):\n"
        "    setattr(unittest.TestCase, name, lambda *args: None)" + WRONG,
        True,
    ),
    "modules in sys.modules": Attack(
        "unittest",
        "import sys, types\nsys.modules['unittest'] = types.ModuleType('unittest')\n"
        "sys.modules['io'] = None" + WRONG,
    ),
    "the helper": Attack("helper", "near = print" + WRONG, True),
    "the helper in an unlocked cell": Attack("plain helper", "near = print" + WRONG, True),
    "the helper's code": Attack(
        "helper", "near.__code__ = (lambda a, b: None).__code__" + WRONG, True
    ),
    "the expected value": Attack(
        "variable",
        "expected = 6\n---\ndef f(x):\n    global expected\n    expected = 5\n    return 5",
        True,
    ),
    "the variable of a loop": Attack(
        "loop",
        "n = 0\n---\ndef f(x):\n    global n\n    n = x + 1\n    return 2 * n",
        True,
    ),
    "names of everything": Attack(
        "numpy",
        "class Fake:\n    def __getattr__(self, name): return Fake()\n"
        "    def __call__(self, *args, **options): return True\n"
        "np = numpy = hashlib = unittest = math = Fake()\nall = abs = len = isinstance = Fake()"
        + WRONG,
    ),
    "showtraceback": Attack(
        "number",
        "shell = get_ipython()\nshell.showtraceback = shell._showtraceback = lambda *args: None\n"
        "shell.set_custom_exc((Exception,), lambda *args, **options: None)" + WRONG,
    ),
    "events": Attack(
        "number",
        """
        def act(result):
            result.error_in_exec = None
        get_ipython().events.register("post_run_cell", act)
        get_ipython().showtraceback = print
        ---
        def f(x):
            return 5
        """,
    ),
    "transformers": Attack(
        "number",
        """
        import ast
        class Delete(ast.NodeTransformer):
            def visit_Assert(self, node): return ast.Pass()
        get_ipython().ast_transformers.append(Delete())
        get_ipython().input_transformers_cleanup.append(
            lambda lines: [line for line in lines if "assert" not in line])
        ---
        def f(x):
            return 5
        """,
        True,
    ),
    "run_cell": Attack(
        "number",
        "from types import SimpleNamespace\nget_ipython().run_cell = lambda *args, **options: "
        "SimpleNamespace(success=True)",
        True,
        breaks=True,
    ),
    "a magic for all later cells": Attack(
        "number", "%autocall 2\n%xmode Minimal\n%pdb on\n%precision 0" + WRONG
    ),
    "the frames of callers": Attack(
        "variable",
        """
        import sys
        def f(x):
            frame = sys._getframe()
            while frame := frame.f_back:
                for scope in (frame.f_locals, frame.f_globals):
                    if "expected" in scope:
                        return scope["expected"]
        """,
        True,
    ),
    "the garbage collector": Attack(
        "variable",
        """
        import gc
        def f(x):
            for item in gc.get_objects():
                if type(item) is dict and "expected" in item:
                    return item["expected"]
        """,
    ),
    "a trace function": Attack(
        "number",
        "import sys, threading\ndef watch(frame, event, value):\n    frame.f_locals\n"
        "    return watch\nsys.settrace(watch)\nsys.setprofile(watch)" + WRONG,
    ),
    "ctypes": Attack(
        "number",
        """
        import ctypes
        def f(x):
            ctypes.c_long.from_address(id(6) + 24).value = 5
            return 5
        """,
        breaks=True,
        limits=QUICK,
    ),
    "a fork that answers": Attack(
        "number", "import os\ndef f(x):\n    pid = os.fork()\n    return 6 if pid == 0 else 5"
    ),
    "threads that run on": Attack(
        "number",
        """
        import threading, time
        def act():
            while True:
                get_ipython().user_ns["f"] = lambda x: 5
                time.sleep(0.001)
        for k in range(20):
            threading.Thread(target=act, daemon=True).start()
        ---
        f = lambda x: 5
        """,
    ),
    "the result is displayed": Attack(
        "points", "def f(x):\n    get_ipython().displayhook(2.0)\n    return 0", True
    ),
    "a result as a message": Attack(
        "points",
        """
        from sandbox import shell
        def f(x):
            data = {"data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}
            shell._outlet.send("execute_result", data)
            return 0
        """,
        True,
    ),
    "the data": Attack(
        "data", "open('data.csv', 'w').write('x 1')\n---\ndef f():\n    return 1", True
    ),
    "the data, while it is asked": Attack(
        "data", "def f():\n    open('data.csv', 'w').write('x 1')\n    return 1"
    ),
    "modules beside the notebook": Attack(
        "numpy",
        """
        import os
        text = "raise SystemExit(0)"
        for name in ("numpy", "hashlib", "conftest", "sitecustomize", "unittest", "io"):
            open(name + ".py", "w").write(text)
        os.environ.update(PYTHONPATH=os.getcwd(), PYTHONSTARTUP="numpy.py", PYTHONOPTIMIZE="2")
        ---
        def f(x):
            import numpy
            return numpy.ones(1)
        """,
    ),
    "random numbers": Attack(
        "random",
        "import random\nrandom.random = lambda: 0.5\n---\ndef f():\n    return [0.5, 0.5, 0.5]",
        True,
    ),
    "a patched assert of a callback": Attack(
        "callback",
        """
        def f(visit):
            for x in range(0, 5):
                try:
                    visit(x)
                except BaseException:
                    pass
        """,
    ),
    "a callback without end": Attack(
        "callback", "def f(visit):\n    while True:\n        visit(0)", limits=QUICK
    ),
    "a callback of a callback": Attack(
        "callback", "def f(visit):\n    f(lambda x: visit(x))\n    visit(f)"
    ),
    "a function named like a builtin": Attack("builtin", "def pow(a, b):\n    return 1"),
    "memory": Attack("number", "def f(x):\n    return 'x' * 10**9"),
    "processes": Attack(
        "number",
        "import os, time\ndef f(x):\n    for k in range(50):\n        if os.fork() == 0:\n"
        "            time.sleep(30)\n            os._exit(0)\n    return 5",
        limits=QUICK,
    ),
    "a flood of output": Attack(
        "number", "def f(x):\n    while True:\n        print('x' * 10**5)", limits=QUICK
    ),
    "the process ends": Attack("number", "import os\ndef f(x):\n    os._exit(0)"),
    "the process stops": Attack(
        "number", "import os, signal\ndef f(x):\n    os.kill(os.getpid(), 19)", limits=QUICK
    ),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_gains_nothing(attack):
    check(attack, TASKS[attack.task])


@pytest.mark.parametrize(
    "attack", [pytest.param(item, id=name) for name, item in ATTACKS.items() if item.bites]
)
def test_among_the_answers_it_would(attack):
    assert marks(TASKS[attack.task], attack.cells, False, attack.limits)["attacked"] > 0
