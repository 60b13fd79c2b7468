"""The lessons, one folder each; ``notebooks/project.toml`` says in which order they come."""
