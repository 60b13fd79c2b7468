"""Build, release and grade the course's notebooks. Start with ``python -m autograder --help``.

The modules, in the order in which a notebook meets them:

exercises/                  what is tested; ``model.py`` says how an exercise is described
percent, build, packs       text to notebook and back, and the data of the student's check
course                      a course directory: nbgrader's folders, configuration, secret
editions, leaks, release    what students get, and that no answer is in it
rebuild                     a submission, put into the released notebook
sandbox/                    the locked process that runs it: isolation, shell, messages
launcher, kernel, outputs   the grader's side of that: a warm template, a fork each, what cells gave
grading                     one submission: run, probe, judge, write the marks into it
released, environment       what a mark depends on: the release, the software
plugin                      the same, plugged into nbgrader's own commands
cli, commands               what is typed, and what it does
classroom                   a class: who needs grading, to workers, into the gradebook
grader, workers, cluster    the workers: processes here, or a Dask cluster
recorder, gradebook,        nbgrader's gradebook: written, read, reached
database
compare, events, terminal,  what an instructor sees
report
stock                       hidden tests for plain nbgrader, without all this
sample_*, demo, bench       a class to try it on; the whole path; how fast
"""
