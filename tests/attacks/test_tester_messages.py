"""Attacks on hand-written tests out of reach: what the student's process may say on the line.

The attacker has changed the functions that answer the tester, and sends what they like.
"""

from __future__ import annotations

import pytest
from helpers.tester_attacks import FINE, QUICK, TASKS, Attack, check, marks

LINE = "import json, sys\nimport autograder_tester.notebook as line\nNotebook = line.Notebook\n"
CALLED = """
def call(self, function, args, kwargs):
    return RESULT
Notebook._do_call = call
"""


def wrong(task: str = "number") -> str:
    return "\n---\nclass Vector: pass\ndef f(*args):\n    return 5\n" + TASKS[task].plain


def patched(task: str, text: str) -> Attack:
    """Change the student's end of the line, then answer wrongly; later tests need that end too."""
    return Attack(task, LINE + text.strip() + wrong(task), breaks=True, limits=QUICK)


def names(task: str, extra: str) -> Attack:
    """Give values for names that nobody asked for."""
    return patched(
        task,
        f"""
names = Notebook._do_names
def lie(self, asked, given):
    values, files = names(self, asked, given)
    return {{**values, {extra}}}, files
Notebook._do_names = lie
""",
    )


def reply(value: str) -> Attack:
    """Reply to calls with a forged value; the fetch of names stays as it is."""
    return patched(
        "number",
        f"""
pack = line.Codec.pack
def forge(self, value):
    message = pack(self, value)
    if sys._getframe(1).f_code.co_name == "to_text" and calls:
        message["parts"] = [[["tuple", ["ok", {value}, ["new", 2**31 + 1,
            ["dict", [], [], None]]]]]]
    return message
line.Codec.pack = forge
calls = []
real = Notebook._do_call
Notebook._do_call = lambda *args: calls.append(1) or real(*args)
""",
    )


ASKED = """
import sys
seen = []
names = Notebook._do_names
def lie(self, asked, given):
    seen.extend([*asked, *(given or ())])
    return names(self, asked, given)
Notebook._do_names = lie
---
def f(x):
    unknown = [name for name in seen if name not in (x, "f", "France", "Italy", "data.csv")]
    return unknown[0] if unknown else "?"
"""
BOUND = "Paris = Rome = Madrid = format = France = Italy = 0\nopen('a.jpg', 'w').write('x')\n"

ATTACKS = {
    "a builtin": names("near", '"abs": lambda x: 0'),
    "the exception of asserts": names("number", '"AssertionError": 0, "__builtins__": {}'),
    "a helper": names("helper", '"near": lambda *args: None'),
    "a helper in an unlocked cell": names("plain helper", '"near": lambda *args: None'),
    "the expected value": names("variable", '"expected": 5'),
    "a module": names("numpy", '"np": sys, "numpy": lambda: 0'),
    "names as indices": names("number", "1: 2, None: 3, (): f"),
    "words of the test": Attack("words", LINE + ASKED),
    "words of the test, bound": Attack("words", LINE + BOUND + ASKED),
    "names of files": Attack("file", LINE + ASKED),
    "names of files, written": Attack("file", LINE + BOUND + ASKED),
    "the constants of the test": Attack(
        "words",
        LINE
        + """
import gc
def f(x):
    for text in gc.get_objects():
        if isinstance(text, (list, tuple, set, dict)):
            for city in ("Paris", "Rome"):
                if type(text) is not tuple and "Italy" in text and city in text:
                    return city
    return "?"
""",
    ),
    "variables that change": patched(
        "variable",
        """
state = Notebook._state
Notebook._state = lambda self: {**state(self), "variables": {"expected": 5, "f": 0, "abs": 1}}
""",
    ),
    "variables that are none": patched(
        "number", 'Notebook._state = lambda self: {"variables": [1], "files": 7, "printed": 8}'
    ),
    "no state": patched("number", "Notebook._state = lambda self: None"),
    "no text": patched("number", "Notebook.serve = lambda *args: None"),
    "no JSON": patched("number", 'Notebook.serve = lambda *args: "{" * 10'),
    "deep JSON": patched("number", 'Notebook.serve = lambda *args: "[" * 10**6'),
    "many items": patched("number", 'Notebook.serve = lambda *args: "[" + "1," * 10**7 + "1]"'),
    "a long text": patched("number", 'Notebook.serve = lambda *args: "x" * (20 << 20)'),
    "no characters": patched("number", r'Notebook.serve = lambda *args: "\ud800\x00\x1b[2J"'),
    "a cycle": patched("number", "x = []\nx.append(x)\n" + CALLED.replace("RESULT", "x")),
    "a tree without end": patched(
        "number",
        "x = 1\nfor k in range(280):\n    x = [x]\n" + CALLED.replace("RESULT", "x"),
    ),
    "a doubling": patched(
        "number",
        "x = ()\nfor k in range(40):\n    x = (x, x)\n" + CALLED.replace("RESULT", "x"),
    ),
    "a long number": patched("number", CALLED.replace("RESULT", "1 << 10**7")),
    "a small number of great extent": patched(
        "number", "import decimal\n" + CALLED.replace("RESULT", "decimal.Decimal('1e999999')")
    ),
    "terminal codes and markup": patched(
        "number",
        "class Lie(Exception): pass\nLie.__name__ = '<script>alert(1)</script>'\n"
        + CALLED.replace("RESULT", "(_ for _ in ()).throw(Lie('\\x1b]0;x\\x07<img onerror=1>'))"),
    ),
    "an unknown object": reply('["@", 77]'),
    "an object of the tester's": reply('["@", 0]'),
    "a number of the tester's": reply('["new", 2, ["list", []]]'),
    "a number twice": reply('["tuple", [["new", 5, ["list", []]], ["new", 5, ["list", []]]]]'),
    "a library's function": reply('["library", "os", "system"]'),
    "a module of the tester's": reply('["library", "autograder_tester.tests", "Tests"]'),
    "a type that is not listed": reply('["type", "subprocess", "Popen"]'),
    "AssertionError as a value": reply('["exception", "builtins", "AssertionError", []]'),
    "a class of the tester's": reply(
        '["object", 9, ["object", ["object", 11, ["class", "StandIn", "autograder_tester.standins",'
        ' None, ["tuple", []], ["new", 13, ["dict", [], [], None]], ["new", 15, ["list", []]]]]]]'
    ),
    "a class that is not what it says": reply(
        '["object", 9, ["object", ["object", 11, ["class", "int", "builtins", None,'
        ' ["tuple", [["type", "builtins", "int"]]], ["new", 13, ["dict", ["__eq__", "ask"],'
        ' [["tuple", [None, None, None]], ["tuple", [None, None, None]]], None]],'
        ' ["new", 15, ["list", ["__eq__", "__class__", "__init_subclass__"]]]]]]]'
    ),
    "an array of a vast shape": reply('["new", 9, ["array", "<f8", [1 << 40, 0], ""]]'),
    "an array of objects": reply('["new", 9, ["array", "|O", [1], "AAAAAAAAAAA="]]'),
    "NaN": reply('float("nan")'),
    "the tester's objects forgotten": patched(
        "callback",
        """
pack = line.Codec.pack
def forge(self, value):
    return {**pack(self, value), "forget": [0, 2, 4, 6, 8, [], {}, 1 << 99]}
line.Codec.pack = forge
""",
    ),
    "changes of what was not given": patched(
        "containers",
        """
pack = line.Codec.pack
def forge(self, value):
    message = pack(self, value)
    message["parts"] = [[k, ["dict", [], [], None]] for k in range(20)] + message["parts"]
    return message
line.Codec.pack = forge
""",
    ),
    "requests that are not served": patched(
        "callback",
        """
def call(self, function, args, kwargs):
    for name in ("run", "_mine", "__init__", "getattr", "names", "define", "exec"):
        for operands in ((args[0], "__globals__"), (args[0], "__code__"), (self, "x")):
            try:
                self.ask(name, *operands)
            except Exception:
                pass
    return None
Notebook._do_call = call
""",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_gains_nothing(attack):
    check(attack, TASKS[attack.task])


def test_after_all_attacks_an_honest_answer_gets_everything():
    assert marks(TASKS["number"], TASKS["number"].solution, limits=QUICK) == FINE
