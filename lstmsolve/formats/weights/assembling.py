"""What was found of weights, to the weights of one cell: sizes, shapes, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeGuard

from lstmsolve.formats.weights.finding import Found
from lstmsolve.formats.weights.names import ARRAYS, LAYER
from lstmsolve.kernel.base.errors import Complaints, InputError, some
from lstmsolve.kernel.lstm.cells import MAX_HIDDEN, Activation, Weights
from lstmsolve.kernel.records import reading as records
from lstmsolve.kernel.records.weights import FORMAT, weights_from_record
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.writing.weights import state_record

NOTHING_NAMED: Final = "names no weight; write b_f = 1, w_i = 1, … (names left out are 0)"


def assembled(found: Found, problem: Problem | None) -> Weights:
    """The weights, with `notes` on what was filled in or repaired.

    What the file does not say of its cell, the problem says; else it is inferred from the arrays.

    Raises:
        InputError: with every complaint.
    """
    found.complaints.refuse()
    if found.is_empty:
        raise InputError.single("", NOTHING_NAMED)
    cell = _cell(found, problem)
    hidden, inputs = cell["hidden"], cell["inputs"]
    assert isinstance(hidden, int)
    assert isinstance(inputs, int)
    complaints = Complaints()
    arrays: dict[str, object] = {}
    for name in ARRAYS:
        shape = (hidden, inputs) if name[0] == "w" else (hidden, hidden) if name[0] == "u" else (hidden,)
        arrays[name] = complaints.attempt(_array, name, shape, found)
    complaints.refuse()
    record: dict[str, object] = {"format": FORMAT, "cell": cell, "weights": arrays}
    initial = _initial(found, problem, hidden)
    if initial is not None:
        record["initial"] = initial
    if found.readout is not None:
        record["readout"] = found.readout
    elif _has_layer(found):
        outputs = _outputs(found, problem)
        shapes = {"V": (outputs, hidden), "d": (outputs,)}
        record["readout"] = {name: _array(name, shape, found) for name, shape in shapes.items()}
    weights = weights_from_record(record)
    return replace(weights, notes=(*found.told(), *_left_out(found, weights)))


def _left_out(found: Found, weights: Weights) -> Iterator[str]:
    names = (*ARRAYS, *LAYER) if _has_layer(found) else ARRAYS
    missing = [name for name in names if name not in found.arrays and name not in found.entries]
    if missing and not found.rest:
        yield f"left out, so 0: {some(missing, 12)}"


# --- the cell ------------------------------------------------------------------------------------


def _cell(found: Found, problem: Problem | None) -> dict[str, object]:
    """The record of the cell: what is said, then what the case says, then what the arrays show."""
    defaults = _defaults(found, problem)
    unknown = [key for key in found.cell if key not in defaults]
    if unknown:
        message = f"unknown key; known here: {', '.join(defaults)}"
        raise InputError.single(f"cell.{unknown[0]}", message)
    cell = {**defaults, **found.cell}
    sizes = {key: records.whole(cell[key], f"cell.{key}", 1, MAX_HIDDEN) for key in ("inputs", "hidden")}
    return {**cell, **sizes}


def _defaults(found: Found, problem: Problem | None) -> dict[str, object]:
    hidden, inputs = _hidden(found), _inputs(found)
    if problem is None:
        activations = (Activation.CRELU, Activation.CRELU, Activation.IDENTITY)
        return _described(inputs or 1, hidden or 1, activations)
    known = problem.cell()
    activations = (known.gate, known.candidate, known.output)
    return _described(known.inputs, problem.choice.hidden or max(hidden or 1, known.hidden), activations)


def _described(inputs: int, hidden: int, activations: tuple[Activation, ...]) -> dict[str, object]:
    names = dict(zip(("gate", "candidate", "output"), (entry.value for entry in activations), strict=True))
    return {"inputs": inputs, "hidden": hidden, **names}


def _hidden(found: Found) -> int | None:
    """H, as far as arrays and indices show it."""
    # One index of w may be a unit or a column.
    seen = [
        index[0] + 1
        for name, entries in found.entries.items()
        for index in entries
        if name not in LAYER and (name[0] != "w" or len(index) == 2)
    ]
    for name, value in found.arrays.items():
        if _is_list(value) and name not in LAYER:
            size = len(value)
            flat = not any(_is_row(entry) for entry in value)
            # A row of w may be a cell's only one; then it says nothing of H.
            if name[0] == "w" and flat:
                continue
            first = value[0] if value else None
            if name[0] == "b" and size == 1 and _is_list(first):  # b as [[1, 2]]
                size = len(first)
            seen.append(size)
    return max(seen, default=None)


def _inputs(found: Found) -> int | None:
    """D, as far as arrays and indices show it."""
    seen = [
        index[1] + 1 for name, entries in found.entries.items() for index in entries if name[0] == "w" and index[1:]
    ]
    for name, value in found.arrays.items():
        if name[0] == "w" and _is_list(value):
            if value and all(map(_is_list, value)):
                seen += [len(entry) for entry in value if _is_list(entry)]
            elif not any(_is_row(entry) for entry in value) and _hidden(found) in (None, 1):
                seen.append(len(value))
            seen += [int(key) + 1 for entry in value if isinstance(entry, Mapping) for key in entry if key.isdecimal()]
    return max(seen, default=None)


def _has_layer(found: Found) -> bool:
    return any(name in found.arrays or name in found.entries for name in LAYER)


def _outputs(found: Found, problem: Problem | None) -> int:
    """Of the layer, as far as the case, arrays and indices show it."""
    if problem is not None and problem.spec.has_layer:
        return problem.spec.width
    lists = [len(value) for name in LAYER if _is_list(value := found.arrays.get(name))]
    return max([*lists, *(index[0] + 1 for name in LAYER for index in found.entries.get(name, {}))], default=1)


# --- arrays --------------------------------------------------------------------------------------


def _array(name: str, shape: tuple[int, ...], found: Found) -> object:
    """The array as the weights file has it; what is left out is 0."""
    single = found.entries.get(name)
    if name not in found.arrays:
        return _sparse(name, shape, single or {})
    if single:
        raise InputError.single(name, "is given as a whole and entry by entry; leave one of them out")
    value = found.arrays[name]
    key = f"weights.{name}"
    if value is None:
        raise InputError.single(name, "is null; write a number")
    if isinstance(value, Mapping):
        return _mapped(key, shape, value)
    if not _is_list(value):
        if shape not in ((1,), (1, 1)):
            message = f"needs shape {list(shape)}, is one number; write {_example(name, shape)}"
            raise InputError.single(key, message, value)
        return [value] if shape == (1,) else [[value]]
    if len(shape) == 1:
        return _flat(key, shape[0], value, found)
    if value and any(_is_row(entry) for entry in value):
        return _rows(key, name, shape, value)
    return _from_flat(key, name, shape, value, found)


def _from_flat(key: str, name: str, shape: tuple[int, ...], value: Sequence[object], found: Found) -> object:
    """A list of numbers where a matrix is needed: a cell's only row, or its only column."""
    rows, columns = shape
    if rows == 1 and len(value) == columns:
        if columns > 1:
            found.notes.append(f"{name}: a list of {columns} numbers is read as the row of the only unit")
        return [value]
    if columns == 1 and len(value) == rows:
        found.notes.append(f"{name}: a list of {rows} numbers is read as one column, a number a unit")
        return [[entry] for entry in value]
    message = f"needs shape [{rows}, {columns}], has {len(value)} numbers in one list; write {_example(name, shape)}"
    raise InputError.single(key, message)


def _rows(key: str, name: str, shape: tuple[int, ...], value: Sequence[object]) -> Sequence[object]:
    rows, columns = shape
    lengths = {len(entry) for entry in value if _is_list(entry)}
    if len(value) == rows:
        return value  # the rows are looked at where the numbers are read
    if len(value) == columns and lengths == {rows}:
        message = f"needs shape [{rows}, {columns}], has [{columns}, {rows}]: it seems to be transposed"
    elif name[0] in "wu" and len(value) == rows and lengths == {rows + columns}:
        message = f"needs shape [{rows}, {columns}]; weights on [h, x] in one matrix are to be cut into u_* and w_*"
    else:
        message = f"needs shape [{rows}, {columns}], has {len(value)} rows"
    raise InputError.single(key, message)


def _flat(key: str, size: int, value: Sequence[object], found: Found) -> Sequence[object]:
    """b, also written as one row or one column."""
    if any(_is_list(entry) for entry in value):
        if len(value) == 1 and _is_list(value[0]):
            value = value[0]
        elif all(_is_list(entry) and len(entry) == 1 for entry in value):
            value = [entry[0] for entry in value if _is_list(entry)]
        else:
            raise InputError.single(key, f"needs {size} numbers, one a unit, not a matrix")
        found.notes.append(f"{key.removeprefix('weights.')}: a matrix of one row or column is read as a list")
    return value


def _mapped(key: str, shape: tuple[int, ...], value: Mapping[str, object]) -> object:
    """A table of what is not zero, where a list of numbers is due."""
    if len(shape) == 1:
        return value
    raise InputError.single(key, "a list of rows is needed here, each a list of numbers or a table of what is not zero")


def _sparse(name: str, shape: tuple[int, ...], entries: Mapping[tuple[int, ...], object]) -> object:
    """An array that was given entry by entry, or not at all."""
    if len(shape) == 1:
        row: dict[str, object] = {}
        for index, value in entries.items():
            _within(name, index, shape)
            row[str(index[0])] = value
        return row
    rows: list[dict[str, object]] = [{} for _ in range(shape[0])] if entries else [{}] * shape[0]
    for index, value in entries.items():
        full = index if len(index) == 2 else (0, index[0]) if shape[0] == 1 else (*index, 0)
        _within(name, full, shape if len(index) == 2 or 1 in shape else (0, 0))
        rows[full[0]][str(full[1])] = value
    return rows


def _within(name: str, index: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if len(index) != len(shape) or any(place >= size for place, size in zip(index, shape, strict=True)):
        written = f"{name}[{','.join(map(str, index))}]"
        raise InputError.single(written, f"there is no such entry: {name} has shape {list(shape)}, counted from 0")


def _initial(found: Found, problem: Problem | None, hidden: int) -> object:
    if found.initial is None:
        start = None if problem is None else problem.choice.initial
        return None if start is None or len(start.c) != hidden else state_record(start)
    if not isinstance(found.initial, Mapping):
        return found.initial
    given: dict[str, object] = {}
    for key, value in found.initial.items():
        given[key] = value if _is_list(value) else [value]
    return {"c": ["0"] * hidden, "h": ["0"] * hidden, **given}


def _example(name: str, shape: tuple[int, ...]) -> str:
    """How such an array is written, at its smallest."""
    row = "[" + ", ".join(["0"] * min(shape[-1], 3)) + (", …]" if shape[-1] > 3 else "]")
    whole = row if len(shape) == 1 else "[" + ", ".join([row] * min(shape[0], 2)) + (", …]" if shape[0] > 2 else "]")
    return f"{name} = {whole}, or {name}[0{',0' if len(shape) == 2 else ''}] = 1 and so on"


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_row(value: object) -> bool:
    return _is_list(value) or isinstance(value, Mapping)
