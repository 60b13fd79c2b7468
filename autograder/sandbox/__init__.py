"""The student's side: a warm template process, a lock around each fork of it, a shell inside.

The grader imports it as ``autograder.sandbox``, the template process loads it from its folder as
``sandbox``: so imports are relative, and nothing else of the autograder is imported.
"""
