"""What runs inside the two locked processes when hand-written tests are kept out of reach.

The *tester* runs the instructor's cells and never a student's; the *notebook* is the process of the
submission. ``codec`` and ``table`` carry values between them, ``tests`` is the tester's end and
``notebook`` the other. The template loads this package from its folder as ``tester``, as it loads
``sandbox``: so imports are relative, and nothing else of the autograder is imported.
"""
