"""Keeps pytest from importing the attacks: they are text for a sandbox."""

collect_ignore_glob = ["*.py"]
