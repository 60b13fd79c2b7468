"""Build, release and grade the course's notebooks. Start with ``python -m autograder --help``.

The modules, in the order in which a notebook meets them:

exercises/                  what is tested; ``model.py`` says how an exercise is described
percent, build, packs       text to notebook and back, and the data of the student's check
course                      a course directory: nbgrader's folders, configuration, secret
editions, leaks, release    what students get, and that no answer is in it
rebuild                     a submission, put into the released notebook
kernel, sandbox_kernel,     the process that runs it and knows no answer; what its cells gave
outputs
grading                     one submission: run, probe, judge, write the marks into it
plugin                      the same, plugged into nbgrader's own commands
classroom                   a class: worker processes, gradebook, feedback
terminal, report            what an instructor sees
stock                       hidden tests for plain nbgrader, without all this
sample_*, demo, bench       a class to try it on; the whole path; how fast
"""
