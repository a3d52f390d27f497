"""What is constant in an ONNX model: initializers, Constant nodes, and what is computed from these alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

from lstmsolve.interop.reading.tensors import MAX_NUMBERS, SIZES, stored_numbers
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Matrix, Vector, row_of

Array = npt.NDArray[Any]

_FOLDED: Final = frozenset(
    {"Identity", "Unsqueeze", "Squeeze", "Transpose", "Reshape", "Concat", "Slice", "Cast", "Gather", "Expand", "Split"}
)
"""Operators that exporters put between a weight and the node that reads it."""


class Constants:
    """The nodes of a model, those in bodies of Scan, Loop and If too, and every value that is constant."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 17)
        self._ir = model.ir_version
        self.nodes: list[onnx.NodeProto] = []
        self._stored: dict[str, onnx.TensorProto] = {}
        self._makers: dict[str, onnx.NodeProto] = {}
        self._values: dict[str, Array | None] = {}
        for graph in _graphs(model.graph):
            for tensor in graph.initializer:
                self._stored.setdefault(tensor.name, tensor)
            for node in graph.node:
                self.nodes.append(node)
                for output in node.output:
                    self._makers.setdefault(output, node)

    def value(self, name: str) -> Array | None:
        """The value of this name, None where it hangs on the model's inputs.

        Raises:
            InputError: the numbers are outside of the file, or there are too many.
        """
        if name not in self._values:
            self._values[name] = None  # a model that computes a value from itself is no model
            self._values[name] = self._found(name)
        return self._values[name]

    def matrix(self, name: str, at: str) -> Matrix:
        """The matrix [rows, columns] under this name, a leading dimension of 1 left out."""
        found = self._needed(name, at)
        if found.ndim == 3 and found.shape[0] == 2:
            raise InputError.single(at, "has weights of two directions; cells here read forward")
        if found.ndim == 3 and found.shape[0] == 1:
            found = found[0]
        if found.ndim != 2:
            raise InputError.single(name or at, f"a matrix is needed here, its shape is {list(found.shape)}")
        return self.exact_rows(found, name)

    def transposed(self, name: str) -> Matrix:
        """The transpose of the matrix under this name."""
        found = self._needed(name, name)
        if found.ndim != 2:
            raise InputError.single(name, f"a matrix is needed here, its shape is {list(found.shape)}")
        return self.exact_rows(found.T, name)

    def vector(self, name: str, at: str, size: int) -> Vector:
        """The numbers under this name, whatever their shape; one number may stand for all."""
        numbers = _exact(self._needed(name, at), name)
        if len(numbers) not in (1, size):
            raise InputError.single(name, f"needs {size} numbers, has {len(numbers)}")
        return numbers if len(numbers) == size else numbers * size

    def exact_rows(self, values: Array, name: str) -> Matrix:
        """The rows of a matrix in fractions."""
        height, width = values.shape
        numbers = _exact(values, name)
        return tuple(
            row_of({k: v for k, v in enumerate(numbers[r * width : (r + 1) * width]) if v}, width)
            for r in range(height)
        )

    def _needed(self, name: str, at: str) -> Array:
        found = self.value(name)
        if found is None:
            raise InputError.single(
                at, f"takes its weights {name!r} from the model's inputs, so the file does not have them"
            )
        return found

    def _found(self, name: str) -> Array | None:
        tensor = self._stored.get(name)
        if tensor is not None:
            return _array(tensor)
        node = self._makers.get(name)
        if node is None:
            return None
        if node.op_type == "Constant":
            attribute = node.attribute[0] if node.attribute else None
            if attribute is None or attribute.name != "value":
                found = onnx.helper.get_attribute_value(attribute) if attribute is not None else None
                return None if found is None or isinstance(found, bytes) else np.asarray(found)
            return _array(attribute.t)
        if node.op_type == "Expand":
            return self.value(node.input[0])  # whatever the shape: what is asked for here are its numbers
        if node.op_type not in _FOLDED:
            return None
        inputs = {source: self.value(source) for source in node.input if source}
        if any(value is None for value in inputs.values()):
            return None
        return self._folded(node, name, inputs)

    def _folded(self, node: onnx.NodeProto, name: str, inputs: dict[str, Array | None]) -> Array | None:
        if sum(value.size for value in inputs.values() if value is not None) > MAX_NUMBERS:
            return None
        graph = onnx.helper.make_graph(
            [node],
            "one",
            [onnx.helper.make_value_info(source, onnx.TypeProto()) for source in inputs],
            [onnx.helper.make_value_info(output, onnx.TypeProto()) for output in node.output],
        )
        opset = onnx.helper.make_opsetid("", self._opset)
        model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=self._ir)
        try:
            results = ReferenceEvaluator(model).run(None, inputs)
        except (RuntimeError, ValueError, IndexError, TypeError, KeyError, AttributeError) as error:
            raise InputError.single(node.name or name, f"cannot be computed: {str(error)[:100]}") from None
        by_name = dict(zip(node.output, results, strict=False))
        return np.asarray(by_name[name])


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _array(tensor: onnx.TensorProto) -> Array:
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise InputError.single(tensor.name, "is kept outside of the file; save the model in one file")
    count = 1
    for size in tensor.dims:
        count *= size
    if count > MAX_NUMBERS or count < 0:
        raise InputError.single(tensor.name, f"has {count} numbers; at most {MAX_NUMBERS} are read")
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError.single(tensor.name, f"cannot be read: {str(error)[:100]}") from None


def _exact(values: Array, name: str) -> Vector:
    kind = values.dtype.name
    flat = np.ascontiguousarray(values).reshape(-1)
    if kind not in SIZES:
        raise InputError.single(name, "is no tensor of numbers that is read here", kind)
    return tuple(stored_numbers(flat.tobytes(), kind, name))
