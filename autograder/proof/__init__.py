"""Proof of the tests: on known mistakes, other right answers, and faults made by machine."""
