"""The tests are tried: every known mistake, other right answers, and faults made by machine."""
