"""Imports the grader, where the exercises and their references are.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import importlib
import sys

for name in (
    "autograder",
    "autograder.exercises",
    "autograder.plugin",
    "hostile_course",
    "exercises_to_attack",
    "conftest",
):
    for path in ([], ["/"], sys.path[:]):
        try:
            before, sys.path[:] = sys.path[:], path + sys.path
            importlib.import_module(name)
            print("BREACH", name)
        except ImportError as error:
            print(error)
        finally:
            sys.path[:] = before
