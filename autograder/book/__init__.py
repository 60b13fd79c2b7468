"""The book: a static site made of the notebooks, the exercises and the library."""
