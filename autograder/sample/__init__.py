"""A sample class: students who answer well, make known mistakes, or break things."""
