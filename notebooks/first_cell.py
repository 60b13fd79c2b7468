# Is everything here that this notebook needs? If not, this cell says what to do.
import os
import sys
from importlib.util import find_spec

# Before NumPy is loaded: matrices as small as these gain nothing from more threads.
for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM"):
    os.environ.setdefault(name + "_NUM_THREADS", "1")


class NotReady(Exception):
    def _render_traceback_(self):
        return [str(self)]


if sys.version_info < (3, 11):
    version = "{}.{}".format(*sys.version_info)
    raise NotReady("This notebook needs Python 3.11 or newer; this is " + version + ".")
if not (find_spec("autograder") and find_spec("cs231n_lib")):
    raise NotReady(
        "The folders `autograder`, `checks` and `cs231n_lib` must lie beside this notebook.\n"
        "Unzip the whole download ({{notebook}}.zip) and open the notebook in the new folder.\n"
        "On Colab: upload the zip (folder symbol on the left), run these two lines in a cell of\n"
        "their own, then run this cell again:\n\n"
        "    !unzip -q {{notebook}}.zip\n"
        "    %cd {{notebook}}"
    )
if not (find_spec("numpy") and find_spec("matplotlib")):
    install = '%pip install "numpy>=2" "matplotlib>=3.9"'
    raise NotReady("Run `" + install + "` in a cell, then restart the kernel.")
import numpy as np

if int(np.__version__.split(".")[0]) < 2:
    raise NotReady(
        f"This notebook needs NumPy 2 or newer; this is {np.__version__}.\n"
        'Run `%pip install "numpy>=2"` in a cell, then restart the kernel.'
    )
