"""What running one cell gave: its outputs, gathered from the kernel's messages up to a size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbformat.v4 import output_from_msg

__all__ = ["Collector", "Execution"]


@dataclass
class Execution:
    """What running one cell gave. problem: "" or why the cell did not come to its end."""

    outputs: list[Any] = field(default_factory=list)
    count: int | None = None
    problem: str = ""


_FORMS: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict, "execution_count": int},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _well_formed(content: dict[str, Any], form: dict[str, type]) -> bool:
    return all(isinstance(content.get(name), kind) for name, kind in form.items())


class Collector:
    """Gathers the outputs of one cell from the kernel's messages, up to a size."""

    def __init__(self, execution: Execution, limit: int) -> None:
        self.execution = execution
        self._limit = limit
        self._size = 0
        self._clear = False

    @property
    def flooded(self) -> bool:
        return self._size > 50 * self._limit

    def take(self, message: dict[str, Any]) -> bool:
        """Use one message; returns whether it says that the cell has ended.

        Messages come from a process that students control: what is not well formed is passed over.
        """
        kind, content = message.get("msg_type"), message.get("content")
        if not isinstance(content, dict):
            return False
        if kind == "status":
            return bool(content.get("execution_state") == "idle")
        if kind == "execute_input":
            count = content.get("execution_count")
            self.execution.count = count if type(count) is int else None
        elif kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._empty()
        elif kind in _FORMS and _well_formed(content, _FORMS[kind]):
            self._add(message)
        return False

    def _empty(self) -> None:
        self.execution.outputs.clear()
        self._clear = False

    def _add(self, message: dict[str, Any]) -> None:
        before = self._size
        self._size += len(repr(message["content"]))
        if self._size > self._limit:
            if before <= self._limit:
                note = {"output_type": "stream", "name": "stdout", "text": "\n[output cut here]\n"}
                self.execution.outputs.append(note)
            return
        if self._clear:
            self._empty()
        output = output_from_msg(message)
        outputs = self.execution.outputs
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(output)
