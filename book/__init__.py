"""The book's pages, and what only this book shows: experiments and the map of the slides."""
