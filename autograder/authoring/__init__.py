"""From text to release: build notebooks, search them for leaks, add the student edition."""
