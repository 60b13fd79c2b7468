"""Tables of pandas between the two processes; only where pandas is installed."""

from __future__ import annotations

import pytest

from autograder.grading import apart
from autograder.grading.kernel import Limits, Sandbox

pytest.importorskip("pandas")

ANSWER = """
import pandas as pd
table = pd.DataFrame(
    {"n": [1, 2], "t": ["x", None], "c": pd.Categorical(["u", "v"])},
    index=pd.Index(["r", "s"], name="row"),
)
table["i"] = pd.array([1, None], "Int64")
table["d"] = pd.date_range("2020", periods=2, tz="UTC")
nested = table.set_index(["n", "t"])
dates = table.set_index("d").index
moment, gap, nothing = pd.Timestamp("2020", tz="UTC"), pd.Timedelta("1h"), pd.NaT
def add(frame): frame["new"] = 1
"""
TEST = """
import pandas as pd
assert type(table) is pd.DataFrame and list(map(str, table.dtypes[:4])) == TYPES
assert list(table.c) == ["u", "v"] and table.n.sum() == 3 and table.index.name == "row"
assert table.i.isna().tolist() == [False, True] and str(table.d.dt.tz) == "UTC"
assert nested.index.names == ["n", "t"] and isinstance(dates, pd.DatetimeIndex)
assert moment.year == 2020 and gap == pd.Timedelta(hours=1) and nothing is pd.NaT
mine = pd.DataFrame({"a": [1]})
add(mine)
assert list(mine) == ["a", "new"]
"""


@pytest.mark.parametrize("answer", [ANSWER, ANSWER.replace("[1, 2]", "[1, 3]")])
def test_tables_keep_their_types_and_change_in_place(tmp_path, answer):
    limits = Limits(cell_seconds=30)
    types = "TYPES = list(map(str, table.dtypes[:4]))"
    with (
        Sandbox(tmp_path, limits) as sandbox,
        apart.Tester(sandbox, tmp_path, limits, "", [ANSWER, types, TEST]) as tester,
    ):
        sandbox.execute(answer)
        sandbox.execute(types)
        here, there = sandbox.execute(TEST), tester.run(TEST)
        assert (here.failed, there.failed) == (answer != ANSWER,) * 2, there
