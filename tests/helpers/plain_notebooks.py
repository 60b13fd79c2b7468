"""The notebooks of a small course of plain nbgrader form, which knows nothing of this engine.

``weather``  data from a CSV; a notebook of another name than its folder, of an old format, whose
             plain cells have neither a grade id nor a cell id
``shapes``   classes; two notebooks, a helper module, a picture, an attachment
``plots``    figures; a task, points in fractions, a test of 0 points and one that a stub passes
"""

from __future__ import annotations

import base64

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

__all__ = ["EMPTY_EARNS", "FILES", "NOTEBOOKS", "POINTS"]

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


def words(text: str, grade_id: str = "", points: float = 0) -> NotebookNode:
    """Markdown; with a grade id an answer in words, which a person marks."""
    cell = new_markdown_cell(text.strip())
    if grade_id:
        _mark(cell, grade_id, points, grade=True, solution=True)
    return cell


def task(text: str, grade_id: str, points: float) -> NotebookNode:
    cell = new_markdown_cell(text.strip())
    _mark(cell, grade_id, points, task=True, locked=True)
    return cell


def code(text: str, grade_id: str = "") -> NotebookNode:
    """A cell of code; with a grade id an answer."""
    cell = new_code_cell(text.strip())
    if grade_id:
        _mark(cell, grade_id, solution=True)
    return cell


def test(text: str, grade_id: str, points: float) -> NotebookNode:
    cell = new_code_cell(text.strip())
    _mark(cell, grade_id, points, grade=True, locked=True)
    return cell


test.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test


def _mark(cell: NotebookNode, grade_id: str, points: float | None = None, **kinds: bool) -> None:
    kinds = {"grade": False, "solution": False, "task": False, "locked": False, **kinds}
    cell.metadata.nbgrader = {"schema_version": 3, "grade_id": grade_id, **kinds}
    if points is not None:
        cell.metadata.nbgrader["points"] = points


# ---------------------------------------------------------------------------------------- weather

RAIN = [
    words("# Rain in two places\n\nThe data are in `data/rain.csv`: month, station, millimetres."),
    code("import csv\nimport math\n\nimport numpy as np"),
    words("Read the file. A month without a measurement is `nan`."),
    code(
        '''
def read_rain(path):
    """The rows of the file, as dictionaries; mm as a number."""
    ### BEGIN SOLUTION
    with open(path, newline="") as lines:
        table = list(csv.DictReader(lines))
    for row in table:
        row["mm"] = float(row["mm"] or "nan")
    return table
    ### END SOLUTION
''',
        "read_rain",
    ),
    test(
        """
rows = read_rain("data/rain.csv")
assert isinstance(rows, list)
assert len(rows) == 8
assert rows[0] == {"month": "January", "station": "Hill", "mm": 81.5}
### BEGIN HIDDEN TESTS
assert math.isnan(rows[5]["mm"]), "March was not measured in the harbour"
### END HIDDEN TESTS
""",
        "test_read_rain",
        2,
    ),
    code("# Try things here."),
    code(
        '''
def mean_by_station(rows):
    """{station: the mean of its months that were measured}"""
    ### BEGIN SOLUTION
    stations = dict.fromkeys(row["station"] for row in rows)
    return {name: np.nanmean([r["mm"] for r in rows if r["station"] == name]) for name in stations}
    ### END SOLUTION
''',
        "mean_by_station",
    ),
    test(
        """
own = [{"station": "A", "mm": 1.0}, {"station": "B", "mm": 5.0}, {"station": "A", "mm": 2.0}]
means = mean_by_station(own)
assert set(means) == {"A", "B"}
np.testing.assert_allclose([means["A"], means["B"]], [1.5, 5.0])
### BEGIN HIDDEN TESTS
holes = mean_by_station([*own, {"station": "B", "mm": math.nan}])
np.testing.assert_allclose(holes["B"], 5.0, err_msg="months that were not measured do not count")
### END HIDDEN TESTS
""",
        "test_mean",
        3,
    ),
    code("# Try things here."),
    code(
        """
# The wettest month on the hill:
### BEGIN SOLUTION
hill = [row for row in read_rain("data/rain.csv") if row["station"] == "Hill"]
wettest = max(hill, key=lambda row: row["mm"])["month"]
### END SOLUTION
""",
        "wettest",
    ),
    test(
        """
import hashlib
assert hashlib.sha256(wettest.encode()).hexdigest()[:10] == "c877c6ff40"
""",
        "test_wettest",
        1,
    ),
    words(
        """
Why is the hill wetter than the harbour?

### BEGIN SOLUTION
The air rises at the hill, cools, and holds less water.
### END SOLUTION
""",
        "why",
        2,
    ),
]

RAIN_CSV = """\
month,station,mm
January,Hill,81.5
January,Harbour,40
February,Hill,95.25
February,Harbour,38.5
March,Hill,70
March,Harbour,
April,Hill,66
April,Harbour,31
"""

# ----------------------------------------------------------------------------------------- shapes

SHAPES = [
    words("# Shapes\n\n![a sketch](attachment:sketch.png)\n\n![the same](sketch.png)"),
    code("from measuring import nearly"),
    code(
        '''
class Rectangle:
    """A rectangle. Two are equal if their sides are."""
    ### BEGIN SOLUTION
    def __init__(self, width, height):
        if min(width, height) < 0:
            raise ValueError("a side cannot be negative")
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height

    def __eq__(self, other):
        return (self.width, self.height) == (other.width, other.height)
    ### END SOLUTION
''',
        "rectangle",
    ),
    test(
        """
assert nearly(Rectangle(2, 3.5).area(), 7)
assert Rectangle(1, 2) == Rectangle(1, 2)
### BEGIN HIDDEN TESTS
assert not Rectangle(1, 2) == Rectangle(2, 1)
try:
    Rectangle(-1, 2)
except ValueError:
    pass
else:
    raise AssertionError("a negative side must be refused")
### END HIDDEN TESTS
""",
        "test_rectangle",
        4,
    ),
    code(
        '''
class Square(Rectangle):
    """A rectangle of equal sides."""
    ### BEGIN SOLUTION
    def __init__(self, side):
        super().__init__(side, side)
    ### END SOLUTION
''',
        "square",
    ),
    test(
        """
assert isinstance(Square(3), Rectangle)
assert Square(3).area() == 9
""",
        "test_square",
        2,
    ),
    words(
        """
What does `Square` inherit?

### BEGIN SOLUTION
One point for "area", one for the comparison.
### END SOLUTION
""",
        "inherits",
        2,
    ),
]
SHAPES[0].attachments = {"sketch.png": {"image/png": base64.b64encode(DOT).decode()}}

COUNTERS = [
    words("# Counters"),
    code("from measuring import nearly\n%matplotlib inline"),
    code(
        '''
def counter():
    """A function that returns 1, then 2, then 3, ..."""
    ### BEGIN SOLUTION
    calls = 0

    def count():
        nonlocal calls
        calls += 1
        return calls

    return count
    ### END SOLUTION
''',
        "counter",
    ),
    test(
        """
first, second = counter(), counter()
assert [first(), first(), first()] == [1, 2, 3]
### BEGIN HIDDEN TESTS
assert second() == 1, "each counter counts for itself"
### END HIDDEN TESTS
""",
        "test_counter",
        3,
    ),
]

MEASURING = '''\
"""Comparing numbers."""


def nearly(a, b):
    return abs(a - b) < 1e-9
'''

# ------------------------------------------------------------------------------------------ plots

PLOTS = [
    words("# Two curves"),
    code("import matplotlib.pyplot as plt\nimport numpy as np"),
    code(
        '''
def draw(ax, x):
    """Draw the sine and the cosine of x, with a legend and a title."""
    ### BEGIN SOLUTION
    ax.plot(x, np.sin(x), label="sine")
    ax.plot(x, np.cos(x), label="cosine")
    ax.set_title("Two curves")
    ax.legend()
    ### END SOLUTION
''',
        "draw",
    ),
    test("assert callable(draw)", "test_defined", 0.5),
    test(
        """
x = np.linspace(0, 1, 7)
figure, ax = plt.subplots()
draw(ax, x)
assert len(ax.lines) == 2, "two curves"
heights = {tuple(line.get_ydata()) for line in ax.lines}
### BEGIN HIDDEN TESTS
assert heights == {tuple(np.sin(x)), tuple(np.cos(x))}
### END HIDDEN TESTS
""",
        "test_curves",
        1.25,
    ),
    test(
        """
figure, ax = plt.subplots()
draw(ax, np.arange(3.0))
0.5 * bool(ax.get_title()) + 0.25 * (ax.get_legend() is not None)
""",
        "test_labels",
        0.75,
    ),
    test("assert draw.__doc__", "test_described", 0),
    task(
        """
Find a drawing in a newspaper that misleads, and say how.

=== BEGIN MARK SCHEME ===
Half a point for the drawing, one for what misleads.
=== END MARK SCHEME ===
""",
        "newspaper",
        1.5,
    ),
]

NOTEBOOKS = {
    "weather": {"rain": RAIN},
    "shapes": {"1_shapes": SHAPES, "2_counters": COUNTERS},
    "plots": {"plots": PLOTS},
}
FILES = {
    "weather": {"data/rain.csv": RAIN_CSV.encode()},
    "shapes": {"measuring.py": MEASURING.encode(), "sketch.png": DOT},
    "plots": {},
}
"""What lies beside the notebooks: {assignment: {path: bytes}}."""
POINTS = {"weather": 8.0, "shapes": 11.0, "plots": 4.0}
EMPTY_EARNS = {"weather": 0.0, "shapes": 0.0, "plots": 0.5}
"""The points of a notebook in which nothing was written; those of answers in words aside."""
