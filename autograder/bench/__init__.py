"""What grading costs, beside plain nbgrader and beside the cells alone."""
