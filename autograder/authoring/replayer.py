"""What a dishonest student hands in: results out of the check's own data, in place of answers.

The text of this module is a cell of two students of the sample class, and of attacks. It needs only
what every student has. `install` takes over what answers the grader's probes: with the stored
result of the same test (the *replayer*), or with one that is fitted to the test's property (the
*liar*). Both must earn nothing.
"""

import base64
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.check import remote
from autograder.check.judge import judge
from autograder.check.pack import Case, Pack, available
from autograder.check.probe import Outcome
from autograder.check.values import dumps, loads

TRIES = 40
"""How many results the liar makes of one that is stored."""


def stored_results(case: Case) -> list[dict[str, Any]]:
    """The results of a test that lie in the pack: the reference's, and those of mistakes."""
    outcomes = [case.expected, *case.mistakes.values()]
    return [outcome.values for outcome in outcomes if outcome.status == "ok"]


def lies(case: Case, inputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The stored results in the sizes of these inputs, their single numbers replaced by others."""
    claims = [True, False, 0, 1, *_numbers_in(inputs)]
    sizes = dict(zip(_numbers_in(case.inputs), _numbers_in(inputs), strict=False))
    for stored in stored_results(case):
        for values in (stored, _resized(stored, sizes)):
            places = [*_single_numbers(values)]
            pools = [[_get(values, place), *claims] for place in places]
            for combination in itertools.islice(itertools.product(*pools), TRIES):
                lie = values
                for place, claim in zip(places, combination, strict=True):
                    lie = _with(lie, place, claim)
                yield lie


Place = tuple[Any, ...]


def _single_numbers(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _single_numbers(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _single_numbers(item, (*place, number))
    elif isinstance(value, (bool, int, float, np.ndarray)) and np.ndim(value) == 0:
        yield place


def _get(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def _with(value: Any, place: Place, new: Any) -> Any:
    if not place:
        return new
    changed = list(value) if isinstance(value, list) else dict(value)
    changed[place[0]] = _with(value[place[0]], place[1:], new)
    return changed


def _numbers_in(inputs: Mapping[str, Any]) -> list[Any]:
    """The numbers among the inputs, and the lengths of the arrays."""
    numbers = [_get(inputs, place) for place in _single_numbers(dict(inputs))]
    lengths = [np.shape(value) for value in inputs.values() if isinstance(value, np.ndarray)]
    return [*(np.asarray(number).item() for number in numbers), *itertools.chain(*lengths)]


def _resized(value: Any, sizes: Mapping[Any, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _resized(item, sizes) for key, item in value.items()}
    if isinstance(value, list):
        return [_resized(item, sizes) for item in value]
    if isinstance(value, np.ndarray) and value.ndim and value.size:
        shape = [sizes.get(side, side) for side in value.shape]
        if all(isinstance(side, int) and 0 < side < 10_000 for side in shape):
            return np.resize(value, shape)
    return value


def install(fit: bool = False) -> None:
    """Answer each probe from the packs. fit : try results until the test's property holds."""
    packs = [Pack.load(path) for path in available().values()]
    tests = [(pack.names, case) for pack in packs for case in pack.cases]

    def answer(request: str, namespace: dict[str, Any]) -> str:
        fields = loads(base64.b64decode(request))
        known = [
            place
            for place, (names, case) in enumerate(tests)
            if names == fields["names"] and case.probe == fields["probe"]
        ]
        values: dict[str, Any] = {}
        if known:
            tests.append(tests.pop(known[0]))  # the next test with this probe comes first then
            case = tests[-1][1]
            results = lies(case, fields["inputs"]) if fit and case.holds else stored_results(case)
            alone = Pack("", "", "", [], [replace(case, inputs=fields["inputs"], mistakes={})])
            values = next(
                (lie for lie in results if fit and judge(alone, [Outcome(values=lie)]).earned),
                stored_results(case)[0],
            )
        return base64.b64encode(dumps(Outcome(values=values).to_value())).decode("ascii")

    remote.answer = answer
