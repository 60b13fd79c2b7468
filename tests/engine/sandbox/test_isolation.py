"""Is a submission's process locked up, at each level that works on this machine?

`enclosed.py` is run as a program, encloses one process, in which `attempts.py` tries what it should
be able to do, and `attempts_on_others.py` what it should not. The tests ask about the answers.
"""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from typing import Any

import pytest
from helpers.locked_world import LIMITS, World, all_ended, held_open, python_for, traces

from autograder.sandbox import isolation, paths

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these locks are Linux's")

STRONG = isolation.LEVELS[:2]
REFUSED = {"EPERM", "EACCES", "ENOENT", "EROFS", "EXDEV", "ENOSYS"}


def usable(level: str) -> str:
    reason = isolation.available()[level]
    if reason:
        pytest.skip(f"NOT TESTED: isolation {level} does not work here: {reason}")
    return level


@pytest.fixture(params=isolation.LEVELS)
def level(request: pytest.FixtureRequest) -> str:
    return usable(request.param)


@pytest.fixture(params=STRONG)
def strong(request: pytest.FixtureRequest) -> str:
    return usable(request.param)


@pytest.fixture(params=["caller", "stranger"])
def who(request: pytest.FixtureRequest) -> str:
    """Everything is asked as the user of these tests; and, if that is root, as an ordinary one."""
    if request.param == "stranger":
        if os.geteuid() != 0:
            pytest.skip("the user of these tests is an ordinary one already")
        if python_for("stranger") is None:
            pytest.skip("NOT TESTED without root: no Python >= 3.11 here that others may read")
    return request.param


class Worlds(dict[str, World]):
    """A world for each user, and all attempts at each level, made when first asked for."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, str], dict[str, Any]] = {}

    def __missing__(self, who: str) -> World:
        self[who] = World(who)
        return self[who]

    def outcome(self, who: str, level: str) -> dict[str, Any]:
        if (who, level) not in self._outcomes:
            self._outcomes[who, level] = self[who].run(level)
        return self._outcomes[who, level]


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    made = Worlds()
    yield made
    for world in made.values():
        world.remove()


@pytest.fixture
def world(worlds: Worlds, who: str) -> World:
    return worlds[who]


def refused(answers: dict[str, str], *names: str) -> bool:
    """Whether the kernel said no to all of these; the assertion shows those it did not."""
    assert {name: answers[name] for name in names if answers[name] not in REFUSED} == {}
    return True


@pytest.fixture
def answers(worlds: Worlds, who: str, level: str) -> dict[str, str]:
    return worlds.outcome(who, level)["answers"]


@pytest.fixture
def harmed(worlds: Worlds, who: str, strong: str) -> dict[str, str]:
    """What came of the harmful attempts, at a level that should refuse them."""
    return worlds.outcome(who, strong)["answers"]


# -- what a submission can do -----------------------------------------------------------------


def test_it_works_in_a_folder_of_its_own(answers):
    assert answers["folder"] == "(True, [])"
    assert answers["file"] == "('mine', '0o100600')"
    assert answers["copies"] == "('mine', '')"
    assert answers["temporary_file"] == "2"


def test_it_imports_what_was_not_imported_before(answers):
    assert answers["standard_library"] == "[(1,)]"
    assert answers["packages"] == "'ordinary'"
    assert answers["edition"] == "'edition'"


def test_numpy_is_imported_inside(worlds, level):
    code = "import numpy.polynomial as p, numpy.random\nreturn float(p.Polynomial([1, 2])(3))"
    site = [str(worlds["caller"].site), sysconfig.get_path("purelib")]
    limits = LIMITS | {"RLIMIT_AS": 4 << 30}
    result = worlds["caller"].run(level, code, site=site, limits=limits)
    assert result["answers"]["code"] == "7.0"


def test_it_has_threads_asyncio_and_signals_to_itself(answers):
    assert answers["threads"] == "[0, 1, 2, 3]"
    assert answers["loop"] == "'slept'"
    assert answers["pair"] == "b'in'"
    assert answers["signals"] == "['signal', 'signal']"


def test_it_has_the_harmless_devices_and_no_standard_input(answers):
    assert answers["devices"] == r"(b'\x00', 4, 8)"
    assert answers["standard_input"] == "b''"


# -- and what it cannot -----------------------------------------------------------------------


def test_its_limits_hold_and_cannot_be_raised(answers):
    assert answers["memory"] == "MemoryError"
    assert answers["large_file"] == "EFBIG"
    assert answers["all_files"] == "EMFILE"
    assert answers["more_files"] == "ValueError"


def test_it_has_no_powers(worlds, who, level, answers):
    plan = worlds.outcome(who, level)
    kept = "4" if plan["reads_all"] else "0"  # CAP_DAC_READ_SEARCH alone
    assert answers["capabilities"] == repr([kept] * 3 + ["0"] * 3)
    assert answers["new_privileges_and_dumps"] == "(False, False)"
    assert answers["user"] == "True"
    assert (plan["uid"] is None) == (who == "stranger" or os.geteuid() != 0)


def test_where_anybody_may_read_python_no_power_is_kept(worlds, who):
    if paths.open_to_all(paths.needed_by_python()):
        assert not worlds.outcome(who, usable("namespaces"))["reads_all"]


def test_it_reads_nothing_of_others(harmed):
    assert refused(
        harmed, "read", "read_through_a_link", "read_through_a_hard_link", "read_users",
        "read_processes", "read_own_memory", "read_by_handle", "watch_names", "make_device",
    )  # fmt: skip
    assert "canary" not in harmed["list_folder"]
    assert "home" not in harmed["list_root"]


def test_it_writes_nothing_but_in_its_folder(harmed, world):
    assert refused(
        harmed, "write", "create", "create_in_tmp", "truncate", "delete", "move_away",
        "set_attribute", "write_to_edition", "add_to_edition",
    )  # fmt: skip
    assert (world.folder / "canary").read_text() == "canary"
    assert not (world.folder / "new").exists()


def test_modes_and_dates_of_other_files_stay(world, strong):
    canary = world.folder / "canary"
    before = canary.stat()
    path = f"'{canary}'"
    world.run(strong, f"import os\ntry: os.chmod({path}, 0)\nfinally: os.utime({path}, (1, 1))")
    after = canary.stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


def test_what_is_hidden_in_a_readable_folder_is_not_read(harmed):
    assert refused(harmed, "read_hidden_package", "read_hidden_note", "read_hidden_checkout")


def test_it_does_nothing_to_other_processes(harmed):
    assert refused(
        harmed, "signal_keeper", "signal_group", "signal_by_file", "trace", "read_memory",
        "limit_keeper", "slow_keeper", "slow_user", "pin_keeper", "real_time", "outlive_keeper",
        "be_traceable",
    )  # fmt: skip


def test_it_starts_no_process_and_no_program(harmed):
    assert refused(harmed, "fork", "run_program", "become_program")


def test_it_has_no_network(harmed):
    assert refused(harmed, "internet", "netlink", "local_server", "local_server_by_a_pair")


def test_it_leaves_nothing_with_the_kernel_and_gets_no_power_from_it(harmed):
    assert refused(
        harmed, "memory_file", "shared_memory", "system_v", "queue", "keyring", "user_namespace",
        "mount", "change_root", "young_call",
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "for n in range(6):\n    with open(f'{n}', 'wb') as file: file.write(bytes(1 << 20))",
        "for n in range(20000):\n    with open(f'{n}', 'w'): pass",
    ],
    ids=["bytes", "files"],
)
def test_its_folder_has_an_end(world, code):
    result = world.run(usable("namespaces"), code)
    assert result["answers"] == {"code": "ENOSPC"}
    assert result["files"] == []  # none of it was on the disk


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64's second set of numbers")
def test_calls_by_another_kind_of_number_end_it(worlds, strong):
    code = "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)"
    assert worlds["caller"].run(strong, code)["status"] == -signal.SIGSYS


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_to_itself_ends_it_alike_at_every_level(worlds, level, number):
    result = worlds["caller"].run(level, f"import os\nos.kill(os.getpid(), {int(number)})")
    assert result["status"] == -number


# -- what is left -----------------------------------------------------------------------------


def test_nothing_is_left_of_it(worlds, who, level):
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=[9], daemon=1).start()"
    assert worlds[who].run(level, code)["left"] == []
    assert worlds.outcome(who, level)["left"] == []
    assert traces(worlds[who]) == []


BOMB = """import os, time
for n in range(12):
    if os.fork() == 0:
        if n % 2:
            os.setsid()
        os.fork()
        time.sleep(60)
        os._exit(0)"""


def test_the_processes_that_it_started_are_ended_with_it(world):
    with held_open() as (end, held):
        command = world.command("limits", BOMB)
        done = subprocess.run(**command, pass_fds=[held], capture_output=True, text=True)
        os.close(held)
        assert json.loads(done.stdout)["left"] == []
        assert all_ended(end)


def test_it_ends_with_its_keeper(world, level):
    with held_open() as (end, held):
        code = f"import os, time\nos.write({held}, b'here')\ntime.sleep(60)"
        with subprocess.Popen(**world.command(level, code), pass_fds=[held]) as keeper:
            os.close(held)
            assert os.read(end, 4) == b"here"
            keeper.kill()
        assert all_ended(end)


# -- when it cannot be locked up --------------------------------------------------------------

ALL = ("system.drop_privileges", "os.setsid", "os.chdir")
BROKEN = [
    *(("limits", step) for step in ALL),
    *(("landlock+seccomp", step) for step in (*ALL, "seccomp.install", "landlock.abi")),
    ("landlock+seccomp", "landlock.Ruleset.enforce"),
    *(("namespaces", step) for step in (*ALL, "seccomp.install", "namespaces._clone")),
    ("namespaces", "namespaces._place"),
    ("namespaces", "namespaces._mount_memory"),
]


@pytest.mark.parametrize(("level_of_step", "step"), BROKEN)
def test_code_never_runs_where_a_step_failed(worlds, level_of_step, step):
    patch = f"def broken(*a, **k): raise OSError(1, 'step: not today')\n{step} = broken"
    result = worlds["caller"].run(usable(level_of_step), "return 'ran'", patch=patch)
    assert result["refused"].startswith(f"RuntimeError: {level_of_step}: ")
    assert result["answers"] is None
    assert result["left"] == []


def test_a_process_that_kept_a_power_does_not_run(worlds, level):
    patch = "system.drop_privileges.__globals__['_effective'] = lambda: 1 << 21"
    result = worlds["caller"].run(level, "return 'ran'", patch=patch)
    assert "capabilities are left" in result["refused"]


def test_the_error_says_which_step_it_was(worlds, strong):
    patch = "import dataclasses\nplan = dataclasses.replace(plan, readable=('/usr', '/not/there'))"
    result = worlds["caller"].run(strong, "return 'ran'", patch=patch)
    assert re.search(r"/not/there: No such file or directory$", result["refused"])


# -- plans -------------------------------------------------------------------------


def test_a_private_folder_inside_python_is_refused(worlds, strong):
    world = worlds["caller"]
    result = world.run(strong, "return 'ran'", private=[str(world.site / "ordinary.py")])
    assert result["refused"].startswith("Unavailable: ")
    assert "ordinary.py would be readable to students" in result["refused"]


def test_what_is_hidden_may_be_private(worlds, strong):
    world = worlds["caller"]
    result = world.run(strong, "return 'ran'", private=[str(world.site / "checkout")])
    assert result["answers"] == {"code": "'ran'"}
