"""What can go wrong on the line."""

__all__ = ["BadMessage", "Lost", "Refused"]


class BadMessage(ValueError):
    """What the other process sent is no message."""


class Lost(Exception):
    """The other process is gone, or the cell has used up what it may use."""


class Refused(TypeError):
    """What a test cell does cannot be done with an object that stays in the notebook's process."""
