"""The sandboxed kernel: what a submission's cells can do to themselves, and not to their marks."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import AutograderError
from autograder.exercises.model import Exercise, Mistake, Test, functions
from autograder.kernel import Limits, Sandbox
from cs231n_lib.check.judge import judge
from cs231n_lib.check.values import dumps

EDITION = Path(__file__).resolve().parent.parent
"""The checkout serves as edition: it holds cs231n_lib."""


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
    with Sandbox(EDITION, Limits(cell_seconds=20)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox():
    with Sandbox(EDITION, Limits(cell_seconds=3, test_seconds=3, total_seconds=90)) as sandbox:
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
        "print(cs231n_lib.__file__, importlib.util.find_spec('autograder'))"
    )
    assert text(shown).endswith("edition/cs231n_lib/__init__.py None\n")


def test_the_environment_is_bare(shared, monkeypatch):
    shown = text(shared.execute("import os; print(sorted(os.environ), os.environ['HOME'])"))
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "USER", "PYTEST_CURRENT_TEST", "SSH_AUTH_SOCK"):
        assert f"'{name}'" not in shown
    assert os.path.expanduser("~") + "\n" not in shown


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
    with Sandbox(EDITION, Limits(memory=2 << 30)) as sandbox:
        shown = sandbox.execute("import numpy as np\nx = np.ones(10**9)")
    assert shown.outputs[-1]["ename"] in ("MemoryError", "_ArrayMemoryError")


def test_the_time_of_a_whole_submission_is_limited():
    with Sandbox(EDITION, Limits(cell_seconds=2, total_seconds=3)) as sandbox:
        for _ in range(3):
            sandbox.execute("import time; time.sleep(60)")
        assert "whole notebook" in sandbox.execute("1").problem
        assert report(sandbox).earned == 0


@pytest.mark.parametrize(
    "forgery",
    [
        "import cs231n_lib.check.remote as r\nr.answer = lambda *a: 'bm90IGEgdmFsdWU='",
        "import cs231n_lib.check.remote as r\nr.answer = lambda *a: 7",
        "import cs231n_lib.check.remote as r\nr.answer = lambda *a: 'x' * 50_000_000",
        "import cs231n_lib.check.remote as r\nr.answer = 3",
        "import numpy\nnumpy.isclose = numpy.allclose = lambda *a, **k: True",
        "class Lie(float):\n    __eq__ = lambda *a: True\ndouble = lambda x: Lie(1)",
        "get_ipython().user_expressions = lambda *a, **k: {}",
    ],
)
def test_a_forged_answer_earns_nothing(sandbox, forgery):
    sandbox.execute("def double(x): return 3 * x")
    sandbox.execute(forgery)
    assert report(sandbox).earned == 0


FORGE = """
kernel = get_ipython().kernel
parent = kernel.get_parent()
for kind, content in [
    ("stream", {"name": 3, "text": []}), ("error", {}), ("display_data", {"data": [1]}),
    ("status", {}), ("execute_result", {"data": {}, "metadata": {}, "execution_count": "x"}),
    ("clear_output", {"wait": []}), ("no such kind", {}),
]:
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
"""


def test_forged_messages_are_passed_over(sandbox):
    sandbox.execute("def double(x): return 2 * x")
    shown = sandbox.execute(FORGE)
    assert (shown.problem, shown.outputs) == ("", [])
    assert report(sandbox).earned == 2


def test_noise_on_the_channel_costs_the_kernel_and_no_more(sandbox):
    sandbox.execute("def double(x): return 2 * x")
    sandbox.execute(
        "kernel = get_ipython().kernel\n"
        "kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', b'sig', b'1', b'2', b'3', b'4'])"
    )
    assert report(sandbox).earned == 2


def test_nothing_is_left_behind():
    with Sandbox(EDITION) as sandbox:
        scratch = sandbox._scratch
        sandbox.execute("open('file', 'w').write('x')")
        child = text(
            sandbox.execute("import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)")
        )
    assert not scratch.exists()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{int(child)}/cmdline").exists() and time.monotonic() < deadline:
        if not Path(f"/proc/{int(child)}/cmdline").read_bytes():  # a zombie: ended
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{int(child)}").exists()


def test_an_edition_must_be_there(tmp_path):
    with pytest.raises(AutograderError, match="must hold cs231n_lib"), Sandbox(tmp_path):
        pass


def test_no_answer_reaches_the_students_process(monkeypatch):
    """Nothing that the kernel's process is given holds a result of the reference.

    Every expected number of the hidden tests is searched for, as bytes and as text, in all that is
    sent to the kernel, in its environment and command line, and in every file of its folder.
    """
    sent: list[bytes] = []
    with Sandbox(EDITION) as sandbox:
        session = sandbox._client.session
        send = session.send

        def recording(*args, **kwargs):
            message = send(*args, **kwargs)
            sent.append(json.dumps(message["content"]).encode())
            return message

        monkeypatch.setattr(session, "send", recording)
        sandbox.execute("def double(x):\n    import gc\n    return 2 * x")
        assert report(sandbox).earned == 2
        pid = sandbox._manager.provisioner.pid
        reachable = [
            *map(_decoded, sent),
            *(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")),
            *(file.read_bytes() for file in sandbox._scratch.rglob("*") if file.is_file()),
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
