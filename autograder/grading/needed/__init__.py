"""Which cells run for a mark: those that earn one, and whatever these may depend on.

A released plain cell that nobody changed (an experiment, a figure) is left out if nothing that
runs could tell the difference. That is read from the text, and a cell about which there is a doubt
runs. A cell is left out only if

- no later answer, test or cell of the student's reads a name that it binds;
- it mentions no variable that they read, even through functions or other variables: it could
  change what is in it (functions, classes and constants do not count, unless they keep a state);
- it changes nothing else that lasts: modules, settings, global generators, files.

Where a cell that runs looks up names that its text does not show (`globals()`, `eval`, a magic),
all cells run.

:mod:`.scopes` and :mod:`.effects` read a cell's text, :mod:`.library` the modules beside the
notebook; :mod:`.cells` decides.
"""
