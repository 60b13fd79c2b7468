"""A class is graded: each submission rebuilt, run in the sandbox, judged, recorded."""
