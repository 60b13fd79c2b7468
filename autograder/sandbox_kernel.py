"""Entry point of the kernel that runs a submission: limits first, then ipykernel.

Started as ``python -I -S sandbox_kernel.py CONNECTION_FILE SETTINGS``. ``-S`` keeps ``.pth`` files
and with them the checkout out of ``sys.path``: the kernel sees the standard library, the installed
packages, and the student edition of ``cs231n_lib``.
"""

import contextlib
import json
import sys


def _limit(settings: dict) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, value in settings["limits"].items():
        # A system that lacks or refuses one limit still gets the others.
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def main() -> None:
    connection_file, text = sys.argv[1:]
    settings = json.loads(text)
    _limit(settings)
    sys.path[:] = [settings["edition"], *sys.path, *settings["site"]]
    sys.argv[1:] = []
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(connection_file=connection_file)
    app.initialize(
        ["--HistoryManager.enabled=False", "--IPKernelApp.capture_fd_output=False", "--quiet"]
    )
    # A notebook finds files beside itself; here that is the private scratch folder.
    sys.path.insert(0, "")
    app.start()


if __name__ == "__main__":
    main()
