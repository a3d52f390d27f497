"""The notebook in the documents has been run: made again, its outputs are the same, pictures aside.

LSTMSOLVE_ACCEPT=1 writes the outputs anew.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "docs" / "first-steps.ipynb"
PICTURE = re.compile(r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]*")


def ran(source: str, names: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """The outputs of a cell, as a notebook keeps them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())})
    if value is not None:
        data = {"text/plain": lines(repr(value))}
        if hasattr(value, "_repr_markdown_"):
            data = {"text/markdown": lines(value._repr_markdown_()), **data}
        outputs.append({"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"})
    return outputs


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def plain(outputs: object) -> str:
    """Without pictures, which another release of the plotting library may draw otherwise."""
    return PICTURE.sub("", json.dumps(outputs, ensure_ascii=False))


def test_the_notebook_has_been_run() -> None:
    notebook = json.loads(NOTEBOOK.read_text())
    names: dict[str, Any] = {}
    number = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        number += 1
        outputs = ran("".join(cell["source"]), names, number)
        if os.environ.get("LSTMSOLVE_ACCEPT") == "1":
            cell |= {"outputs": outputs, "execution_count": number}
        assert cell["execution_count"] == number
        assert plain(cell["outputs"]) == plain(outputs)
    if os.environ.get("LSTMSOLVE_ACCEPT") == "1":
        NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    assert number >= 8
