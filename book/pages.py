"""The pages of this book that are made from the exercises."""

from .slides import write

__all__ = ["write"]
