"""What runs at the student's side: a warm process, a lock around each fork of it, a shell inside.

Loaded by the grader as ``autograder.sandbox``, and by the template process from its folder as
``sandbox``: imports inside are relative, and nothing else of the autograder is imported.
"""
