"""The floor of grading: a notebook's cells alone, in forks of a warm IPython, with no grading.

``python -m autograder.bench.floor NOTEBOOK.ipynb TIMES JOBS`` runs all code cells TIMES times.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(path: str, times: str, jobs: str) -> None:
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    InteractiveShell.enable_gui = lambda self, gui=None: None  # type: ignore[method-assign]
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    with capture_output():  # the first figure is slow
        shell.run_cell(
            "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"
        )
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    running = 0
    for _ in range(int(times)):
        if running == int(jobs):
            _wait()
            running -= 1
        if os.fork() == 0:
            failed = 0
            for source in sources:
                with capture_output():
                    failed += not shell.run_cell("".join(source), store_history=True).success
            os._exit(failed)
        running += 1
    for _ in range(running):
        _wait()


def _wait() -> None:
    _, status = os.wait()
    if status:
        raise SystemExit("a cell failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
