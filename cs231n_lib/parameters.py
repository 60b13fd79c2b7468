"""Named arrays that live in one flat vector.

One vector, because an update rule then is one line for a whole network, and so are a running
average of the parameters or L-BFGS. Names, because a layer wants its own ``W`` and ``b``.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["Parameters"]


class Parameters(Mapping[str, np.ndarray]):
    """Named arrays that are all views into one float64 vector, ``.flat``.

    ``shapes`` gives names and shapes in order; without ``flat`` the vector starts at zero, with it
    that very array is used, not a copy. Reading ``p["W1"]`` gives a view: change it and the vector
    changes. Assigning ``p["W1"] = a`` copies ``a`` into the view, as does ``p.flat = a``.

    >>> p = Parameters({"W1": (2, 3), "b1": (3,)})
    >>> p["b1"] = [1, 2, 3]
    >>> p.flat += 1
    >>> p["b1"], p.flat.size
    (array([2., 3., 4.]), 9)
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray | None = None
    ) -> None:
        self._places: dict[str, tuple[slice, tuple[int, ...]]] = {}
        size = 0
        for name, shape in shapes.items():
            stop = size + math.prod(shape)
            self._places[name] = (slice(size, stop), tuple(shape))
            size = stop
        if flat is None:
            flat = np.zeros(size)
        elif flat.shape != (size,) or flat.dtype != np.float64:
            raise ValueError(
                f"flat must be {size} float64 numbers for {dict(shapes)}, "
                f"got {flat.dtype} of shape {flat.shape}"
            )
        self._flat = flat

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> "Parameters":
        """Parameters with the names and a copy of the values of ``arrays``.

        >>> Parameters.of({"W": np.eye(2), "b": np.ones(2)}).flat
        array([1., 0., 0., 1., 1., 1.])
        """
        made = cls({name: np.shape(array) for name, array in arrays.items()})
        for name, array in arrays.items():
            made[name] = array
        return made

    @property
    def flat(self) -> np.ndarray:
        """All parameters as one vector: the storage itself, not a copy."""
        return self._flat

    @flat.setter
    def flat(self, values: np.ndarray) -> None:
        if np.shape(values) != self._flat.shape:
            raise ValueError(f"flat must have shape {self._flat.shape}, got {np.shape(values)}")
        self._flat[:] = values

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes, in the order of the vector."""
        return {name: shape for name, (_, shape) in self._places.items()}

    def copy(self) -> "Parameters":
        """The same names and values, in a vector of their own."""
        return Parameters(self.shapes, self._flat.copy())

    def __getitem__(self, name: str) -> np.ndarray:
        place, shape = self._places[name]
        return self._flat[place].reshape(shape)

    def __setitem__(self, name: str, values: Any) -> None:
        if name not in self._places:
            raise KeyError(f"{name!r} is not a parameter; there are {', '.join(self)}")
        place, shape = self._places[name]
        if np.shape(values) != shape:
            raise ValueError(f"{name} must have shape {shape}, got {np.shape(values)}")
        self._flat[place] = np.ravel(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"Parameters({self.shapes})"
