"""Build, release and grade a course of notebooks. Start with ``python -m autograder --help``.

The map; an import goes up this list, never down (``[tool.importlinter]`` in pyproject.toml)::

    errors       what a command says and ends with; quick_imports: so that no command waits
    check/       the student's check, with numpy alone: run a probe, judge what comes, show it
    exercise     how an exercise is described (and picture: a playable picture)
    results      what grading gives, and the document that leaves a course
    project      which course this is: its manifest, and the one place that loads lessons
    course       a course directory: nbgrader's folders, the secret; configuration: our plugins
    authoring/   text to notebook to release: packs, editions, leaks
    sandbox/     the student's side: a locked process that runs a submission
    tester/      inside two locked processes: tests in one, the answers that they ask in the other
    grading/     the grader's side: a submission, then a class, rebuilt, run, judged, recorded
    intake/      what is handed in elsewhere: rosters, downloads, late days
    marking/     a page for answers in words, and what their marks were given for
    reports/     what comes of the marks: pages, feedback, exports
    plugin       all this, plugged into nbgrader's own commands; stock: hidden tests without it
    proof/       the tests, tried; beside it book/ (the site), bench/ (the costs), sample/ (a class)
    commands/    what is typed, one file a command
"""
