"""Build, release and grade the course's notebooks. Start with ``python -m autograder --help``.

The modules, in the order in which a notebook meets them:

exercises/                  what is tested; ``model.py`` says how an exercise is described
mutants, changes, trials,   the tests, tried: on faults made by machine and by hand, and on right
rewritings, prove,          answers; what found what is docs/kill_matrix.md
kill_matrix, kill_pages
percent, build, packs       text to notebook and back, and the data of the student's check
course                      a course directory: nbgrader's folders, configuration, secret
editions, leaks, release    what students get, and that no answer is in it
archives, layouts, roster,  what was handed in elsewhere: its files, whose they are, who that is
attempts, collect, exchange and which of them is graded
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
late, status, term          the late policy; where the term stands; what these commands say
compare, events, terminal,  what an instructor sees
report, course_report,
class_statistics, timings
feedback_page, pages        what a student gets back; how pages are written
results, results_reader     all that leaves the course, in one schema
exports, spreadsheet        the same, for Canvas, Moodle and spreadsheets
gradescope, gradescope_run  a notebook's autograder for Gradescope; what runs there
stock                       hidden tests for plain nbgrader, without all this
sample_*, demo, bench       a class to try it on; the whole path; how fast
"""
