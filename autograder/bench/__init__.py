"""The cost of grading, compared with plain nbgrader and with the cells alone."""
