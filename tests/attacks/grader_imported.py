"""Imports the grader, and the lessons with the references of their exercises.

place: start
honest: affine 0, halve 3, q_linear 1
"""

import importlib
import sys

for name in (
    "autograder.exercise",
    "autograder.plugin",
    "autograder.stock",
    "lessons",
    "notebooks.lessons",
    "helpers.hostile_course",
    "helpers.exercises_to_attack",
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
