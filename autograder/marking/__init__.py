"""Mark answers in words: what waits, alike ones together, with the rubric's items as keys.

``python -m autograder mark`` opens it. Read :mod:`.types` first, then :mod:`.desk`, which is what
the page talks to. Marks go into nbgrader's gradebook; what that has no place for (rubric items,
who marked what) lies in the course's ``marking.db``.
"""
