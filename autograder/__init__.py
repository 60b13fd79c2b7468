"""Build, release and grade the course's notebooks. Start with ``python -m autograder --help``."""
