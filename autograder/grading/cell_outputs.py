"""What stands below a graded notebook's cells: safe outputs, and the points that nbgrader reads."""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_output

from ..check.judge import Report
from ..check.show import report_html, report_text
from .outputs import Execution, is_picture
from .shown import without_many_colours

__all__ = ["grade_hand_written_test", "grade_output", "report_outputs", "safe_outputs"]


def grade_output(points: float) -> NotebookNode:
    """What nbgrader reads as the grade of a cell, if it is the cell's only result."""
    return new_output("execute_result", {"text/plain": repr(points)}, execution_count=None)


def report_outputs(report: Report, points: float) -> list[NotebookNode]:
    earned = report.earned * points / report.points if report.points else 0.0
    page = {"text/plain": report_text(report), "text/html": report_html(report)}
    return [new_output("display_data", page), grade_output(min(max(earned, 0.0), points))]


def grade_hand_written_test(
    outputs: list[NotebookNode], points: float, failed: bool = False
) -> list[NotebookNode]:
    """The test's outputs with its grade: an error is 0, a number in range counts, else full.

    failed : it raised an error, which an answer may have kept from being shown.
    """
    earned = 0.0 if failed else points
    for output in outputs if earned else ():
        if output.output_type == "error":
            earned = 0.0
            break
        if output.output_type == "execute_result":
            try:
                number = float(output.data.get("text/plain", ""))
            except ValueError:
                continue
            earned = number if 0 <= number <= points else 0.0
            break
    # nbgrader would take anything on stderr, a warning too, or a second result for a failure.
    shown = []
    for output in outputs:
        if output.output_type == "execute_result":
            output = new_output("display_data", output.data)
        elif output.output_type == "stream":
            output = new_output("stream", name="stdout", text=output.text)
        elif output.output_type == "error":
            output = new_output("stream", name="stdout", text="\n".join(output.traceback))
        shown.append(output)
    return [*shown, grade_output(earned)]


def safe_outputs(execution: Execution) -> list[NotebookNode]:
    """Outputs of text and pixels only, so that nothing in them runs in a browser."""
    outputs = []
    for output in execution.outputs:
        kind = output["output_type"]
        if kind == "stream":
            text = without_many_colours(str(output["text"]))
            outputs.append(new_output("stream", name=output["name"], text=text))
        elif kind == "error":
            lines = [without_many_colours(str(line)) for line in output["traceback"]][:200]
            error = {"ename": str(output["ename"]), "evalue": str(output["evalue"])[:1000]}
            outputs.append(new_output("error", **error, traceback=lines))
        else:
            data = {
                mime: without_many_colours(item) if mime == "text/plain" else item
                for mime, item in output["data"].items()
                if isinstance(item, str) and (mime == "text/plain" or is_picture(mime, item))
            }
            if data and kind == "execute_result":
                outputs.append(new_output(kind, data, execution_count=execution.count))
            elif data:
                outputs.append(new_output("display_data", data))
    if execution.problem:
        error = {"ename": "Stopped", "evalue": execution.problem}
        outputs.append(new_output("error", **error, traceback=[execution.problem]))
    return outputs
