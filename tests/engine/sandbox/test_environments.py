"""Where packages may be installed: a submission's cells must find them, as the grader does."""

import subprocess
import sys
import sysconfig
import venv

from helpers import ROOT, edition

PROGRAM = """
from pathlib import Path
from autograder.grading.kernel import Sandbox
with Sandbox(Path({edition!r})) as sandbox:
    shown = sandbox.execute("import numpy, matplotlib; print(numpy.arange(3).sum())")
print(shown.problem, shown.outputs)
"""


def test_packages_may_lie_outside_the_environments_own_folder(tmp_path):
    """As with ``--system-site-packages``, or a line in a ``.pth`` file."""
    venv.create(tmp_path / "env", symlinks=True)
    own = tmp_path / "env/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    (own / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n", encoding="utf-8")
    ran = subprocess.run(
        [str(tmp_path / "env/bin/python"), "-c", PROGRAM.format(edition=str(edition()))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "'text': '3\\n'" in ran.stdout, ran.stdout + ran.stderr
