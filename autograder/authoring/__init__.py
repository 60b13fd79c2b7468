"""From text to release: notebooks made, searched for leaks, given out with their edition."""
