"""The sandboxed process: what a submission's cells can do to themselves, and not to their marks."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import edition

from autograder.check.judge import judge
from autograder.check.values import dumps
from autograder.errors import AutograderError
from autograder.exercise import Exercise, Mistake, Test, functions
from autograder.grading.kernel import Limits, Sandbox, isolation_level
from autograder.sandbox import isolation, wire
from autograder.sandbox.isolation import available

LEVELS = [level for level, reason in available().items() if not reason]


def double(x):
    return 2 * x


def twice(double, x):
    return {"y": double(x)}


EXERCISE = Exercise(
    "double",
    "slide",
    functions(double),
    [
        Test("first", twice, lambda rng: {"x": rng.normal(size=3)}),
        Test("second", twice, lambda rng: {"x": rng.normal(size=(2, 2))}),
    ],
    [Mistake("squares", "It squares.", {"double": lambda x: x * x})],
)
PACK = EXERCISE.pack("nb", b"a secret")


@pytest.fixture(scope="module")
def shared():
    """One sandbox for the tests whose cells end well."""
    with Sandbox(edition(), Limits(cell_seconds=20)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox():
    with Sandbox(edition(), Limits(cell_seconds=3, test_seconds=3, total_seconds=90)) as sandbox:
        yield sandbox


def text(execution):
    return "".join(output.get("text", "") for output in execution.outputs)


def report(sandbox):
    return judge(PACK, [sandbox.probe(case, PACK.names) for case in PACK.cases])


def test_a_right_answer_passes_with_hidden_inputs(shared):
    shared.execute("def double(x):\n    return x + x")
    assert report(shared).earned == 2


def test_a_mistake_is_named(shared):
    shared.execute("double = lambda x: x**2")
    assert report(shared).mistakes == ["squares"]


def test_a_missing_answer_and_a_stub(shared):
    shared.execute("del double")
    assert report(shared).verdicts[0].status == "missing"
    shared.execute("def double(x):\n    raise NotImplementedError()")
    assert report(shared).verdicts[0].status == "not written"


def test_plots_errors_and_results_are_collected(shared):
    plot = shared.execute("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert any("image/png" in output.get("data", {}) for output in plot.outputs)
    assert shared.execute("1/0").outputs[0]["ename"] == "ZeroDivisionError"
    assert shared.execute("6 * 7").outputs[0]["data"]["text/plain"] == "42"
    assert shared.execute("raise SystemExit").problem == ""


def test_clear_output_keeps_only_what_comes_after(shared):
    code = (
        "from IPython.display import clear_output\n"
        "for i in range(3):\n    clear_output(wait=True); print(i)"
    )
    assert text(shared.execute(code)) == "2\n"


def test_the_kernel_sees_the_edition_and_not_the_grader(shared):
    shown = shared.execute(
        "import importlib.util, cs231n_lib\n"
        "print(cs231n_lib.__file__, importlib.util.find_spec('autograder.grading'))"
    )
    assert text(shown).endswith("edition/packages/cs231n_lib/__init__.py None\n")


def test_the_environment_is_bare(shared, monkeypatch):
    shown = text(shared.execute("import os; print(sorted(os.environ), os.environ['HOME'])"))
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "USER", "PYTEST_CURRENT_TEST", "SSH_AUTH_SOCK"):
        assert f"'{name}'" not in shown
    assert os.path.expanduser("~") + "\n" not in shown


def test_a_guess_is_shown_and_nothing_is_stored(shared):
    code = (
        "from autograder.check import guess, reveal\n"
        "guess('x', 0.3); reveal('x', 0.15); guess('y', object())\n"
        "import pathlib; print([*pathlib.Path.home().rglob('.autograder*')])"
    )
    replies = shared.execute(code)
    lines = [each.data["text/plain"] for each in replies.outputs if "data" in each]
    assert lines[:2] == ["Your guess is noted: 0.3", "You said 0.3; measured 0.15."]
    assert lines[2].startswith("A value of type object cannot be a guess.")
    assert text(replies).endswith("[]\n")


def test_plain_input_is_answered_with_an_error(shared):
    assert shared.execute("input('name? ')").outputs[-1]["ename"] == "StdinNotImplementedError"


def test_an_endless_cell_is_stopped_and_the_variables_stay(sandbox):
    sandbox.execute("x = 41")
    assert "endless loop" in sandbox.execute("while True: x = 42").problem
    assert text(sandbox.execute("print(x)")) == "42\n"


def test_a_cell_that_will_not_stop_costs_its_kernel_only(sandbox):
    sandbox.execute("x = 41")
    stubborn = (
        "import time\nwhile True:\n    try: time.sleep(9)\n    except KeyboardInterrupt: x = 0"
    )
    assert sandbox.execute(stubborn).problem
    assert text(sandbox.execute("print(x)")) == "41\n"


@pytest.mark.parametrize(
    "killer", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_dead_kernel_is_replaced_and_earlier_cells_run_again(sandbox, killer):
    sandbox.execute("def double(x): return 2 * x")
    assert "process ended" in sandbox.execute(killer).problem
    assert report(sandbox).earned == 2


def test_a_flood_of_output_is_cut(sandbox):
    shown = sandbox.execute("for i in range(10**4): print('x' * 1000)")
    assert len(text(shown)) < 2 * sandbox.limits.output_bytes
    assert "[output cut here]" in text(shown)


def test_a_function_that_hangs_costs_its_test_only(sandbox):
    sandbox.execute("def double(x):\n    while x.ndim == 1: pass\n    return 2 * x")
    assert [verdict.status for verdict in report(sandbox).verdicts] == ["lost", "passed"]


def test_a_function_that_kills_its_process_costs_its_test_only(sandbox):
    sandbox.execute("import os\ndef double(x):\n    if x.ndim == 1: os._exit(1)\n    return 2 * x")
    assert [verdict.status for verdict in report(sandbox).verdicts] == ["lost", "passed"]


def test_memory_is_limited():
    with Sandbox(edition(), Limits(memory=2 << 30)) as sandbox:
        shown = sandbox.execute("import numpy as np\nx = np.ones(10**9)")
    assert shown.outputs[-1]["ename"] in ("MemoryError", "_ArrayMemoryError")


def test_the_time_of_a_whole_submission_is_limited():
    with Sandbox(edition(), Limits(cell_seconds=2, total_seconds=3)) as sandbox:
        for _ in range(3):
            sandbox.execute("import time; time.sleep(60)")
        assert "whole notebook" in sandbox.execute("1").problem
        assert report(sandbox).earned == 0


@pytest.mark.parametrize(
    "forgery",
    [
        "import autograder.check.remote as r\nr.answer = lambda *a: 'bm90IGEgdmFsdWU='",
        "import autograder.check.remote as r\nr.answer = lambda *a: 7",
        "import autograder.check.remote as r\nr.answer = lambda *a: 'x' * 50_000_000",
        "import autograder.check.remote as r\nr.answer = 3",
        "import numpy\nnumpy.isclose = numpy.allclose = lambda *a, **k: True",
        "class Lie(float):\n    __eq__ = lambda *a: True\ndouble = lambda x: Lie(1)",
        "get_ipython().user_expressions = lambda *a, **k: {}",
    ],
)
def test_a_forged_answer_earns_nothing(sandbox, forgery):
    sandbox.execute("def double(x): return 3 * x")
    sandbox.execute(forgery)
    assert report(sandbox).earned == 0


# The student's end of the socket is file descriptor 3 or so: anything can be written to it.
FORGE = """
import json, os, socket, stat, struct
def forge(data):
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, data)
        except OSError:
            pass
def message(kind, content, to=REQUEST):
    data = json.dumps({"to": to, "msg_type": kind, "content": content}).encode()
    return struct.pack(">I", len(data)) + data
"""
NONSENSE = """
for kind, content in [
    ("stream", {"name": 3, "text": []}), ("error", {}), ("display_data", {"data": [1]}),
    ("status", {}), ("execute_result", {"data": {}, "metadata": {}, "execution_count": "x"}),
    ("clear_output", {"wait": []}), ("no such kind", {}), (["stream"], {}), ("stream", 7),
]:
    forge(message(kind, content))
"""


def test_forged_messages_are_passed_over(sandbox):
    sandbox.execute("def double(x): return 2 * x")
    shown = sandbox.execute(FORGE.replace("REQUEST", str(sandbox._request_id + 1)) + NONSENSE)
    assert (shown.problem, shown.outputs) == ("", [])
    assert report(sandbox).earned == 2


@pytest.mark.parametrize(
    "noise",
    [
        "forge(b'\\x00\\x00\\x00\\x04nope')",
        "forge(b'\\xff\\xff\\xff\\xff')",
        "forge(b'\\x00\\x00\\x00\\x02[]')",
        "data = b'[' * 10**6\nforge(struct.pack('>I', len(data)) + data)",
        "os.closerange(3, 64)",
    ],
)
def test_noise_on_the_channel_costs_its_cell_and_no_more(sandbox, noise):
    sandbox.execute("def double(x): return 2 * x")
    assert sandbox.execute(FORGE.replace("REQUEST", "0") + noise).problem
    assert report(sandbox).earned == 2


def test_an_early_end_of_a_cell_does_not_disturb_the_next(sandbox):
    sandbox.execute("def double(x): return 2 * x")
    forged = "forge(message('end', {'count': 1}))\nprint('late')"
    sandbox.execute(FORGE.replace("REQUEST", str(sandbox._request_id + 1)) + forged)
    assert report(sandbox).earned == 2


def test_a_thread_that_ends_the_process_later_costs_no_answer(sandbox):
    sandbox.execute("def double(x): return 2 * x")
    killer = "import os, threading\nthreading.Timer(0.1, os._exit, [1]).start()\n"
    sandbox.execute(killer, needed=False)
    sandbox.execute("import time; time.sleep(0.05)")
    time.sleep(0.2)
    assert report(sandbox).earned == 2


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_left_behind(level):
    with Sandbox(edition(), Limits(cell_seconds=5), level) as sandbox:
        pid = keeper_of(sandbox)
        scratch = Path(text(sandbox.execute("import os; print(os.getcwd())")).strip()).parent
        assert scratch.name.startswith("submission-")
        sandbox.execute("open('file', 'w').write('x')")
        sandbox.execute(
            "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)"
        )
        everyone = descendants(pid)
        assert everyone
    assert not scratch.exists()
    assert not [each for each in everyone if runs(each)]
    deadline = time.monotonic() + 60  # the keeper has said that it is done, and only has to exit
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def keeper_of(sandbox):
    """The process of the keeper: the youngest child of the template."""
    return max(children(sandbox._template._process.pid))


def children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in path.read_text().split()] if path.exists() else []


def descendants(pid):
    found = children(pid)
    return found + [each for child in found for each in descendants(child)]


@pytest.mark.parametrize("level", LEVELS)
def test_all_files_together_are_limited(level):
    fill = "for i in range(40): open(f'f{i}', 'wb').write(b'x' * 10**6)\nimport time; time.sleep(1)"
    with Sandbox(edition(), Limits(cell_seconds=20, disk=20 << 20), level) as sandbox:
        shown = sandbox.execute(fill)
        assert "20 MB" in shown.problem or "No space left" in shown.outputs[-1]["evalue"]
        assert text(sandbox.execute("print(1)")) == "1\n"


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_runs_a_notebook_alike(level):
    with Sandbox(edition(), Limits(cell_seconds=20), level) as sandbox:
        assert sandbox.level == level
        shown = sandbox.execute(
            "import random, numpy as np\nprint(random.random(), np.random.rand())"
        )
        assert text(shown) == "0.8444218515250481 0.5488135039273248\n"
        assert not sandbox.execute("import numpy.polynomial, decimal, sqlite3, csv").outputs
        plot = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.hist([1, 2]);"
        assert "image/png" in sandbox.execute(plot).outputs[0]["data"]
        assert text(sandbox.execute("import asyncio; await asyncio.sleep(0); print(1)")) == "1\n"
        threads = (
            "import threading\nt = threading.Thread(target=print, args=('t',)); t.start(); t.join()"
        )
        assert text(sandbox.execute(threads)) == "t\n"
        sandbox.execute("def double(x): return 2 * x")
        assert report(sandbox).earned == 2


def test_a_template_that_ended_is_started_again():
    with Sandbox(edition()) as sandbox:
        sandbox._template._process.kill()
        sandbox._template._process.wait()
    with Sandbox(edition()) as sandbox:
        assert text(sandbox.execute("print(1)")) == "1\n"


def test_a_level_that_does_not_work_here_is_refused(monkeypatch):
    monkeypatch.setattr(
        isolation, "available", lambda: {"namespaces": "no", "landlock+seccomp": "no", "limits": ""}
    )
    assert isolation_level() == "limits"
    with pytest.raises(AutograderError, match="namespaces"):
        isolation_level("namespaces")


def test_an_edition_must_be_there(tmp_path):
    with pytest.raises(AutograderError, match="must be a folder"), Sandbox(tmp_path / "none"):
        pass


def test_no_answer_reaches_the_students_process(monkeypatch):
    """Nothing that the kernel's process is given holds a result of the reference.

    Every expected number of the hidden tests is searched for, as bytes and as text, in all that is
    sent to the kernel, in its environment and command line, and in every file of its folder.
    """
    sent: list[bytes] = []
    send = wire.Channel.send

    def recording(self, message, seconds):
        sent.append(json.dumps(message).encode())
        send(self, message, seconds)

    monkeypatch.setattr(wire.Channel, "send", recording)
    with Sandbox(edition(), level="limits") as sandbox:
        sandbox.execute("def double(x):\n    import gc\n    return 2 * x")
        assert report(sandbox).earned == 2
        shown = text(sandbox.execute("import os; print(os.getpid(), os.getcwd())"))
        pid, folder = shown.split()
        reachable = [
            *map(_decoded, sent),
            *(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")),
            *(file.read_bytes() for file in Path(folder).parent.rglob("*") if file.is_file()),
        ]
    everything = b"\n".join(reachable)
    for case in PACK.cases:
        # The probe and its inputs are there: the search can find what is there.
        assert _needles(case.inputs["x"])[0] in everything
        assert case.probe.encode() in everything
        for outcome in (case.expected, *case.mistakes.values()):
            for needle in _needles(outcome.values["y"]):
                assert needle not in everything


def _decoded(message: bytes) -> bytes:
    """A message with the base64 in it opened: the request, and the arrays in the request."""
    import base64
    import re

    for blob in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", message):
        try:
            opened = base64.b64decode(blob, validate=True)
        except ValueError:
            continue
        message += b"\n" + opened
        if opened.startswith(b"{"):
            message += _decoded(opened) + json.dumps(json.loads(opened)["tree"]).encode()
            message += str(json.loads(opened)["tree"]).encode().decode("unicode_escape").encode()
    return message


def _needles(array: np.ndarray) -> list[bytes]:
    flat = np.asarray(array, np.float64).ravel()
    return [flat.tobytes(), *(f"{number!r}".encode() for number in flat.tolist())]


def test_the_search_for_answers_would_find_one():
    planted = _decoded(
        json.dumps({"code": dumps(PACK.cases[0].expected.to_value()).decode()}).encode()
    )
    assert _needles(PACK.cases[0].expected.values["y"])[0] in planted
