"""Runtimes that exported designs are tried in. Each gives z after every step, or says that it is not there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from math import isfinite
from pathlib import Path
from typing import Any, Final, TypeAlias

from lstmsolve.api.exporting import Target, exported
from lstmsolve.formats.binary import write_folder
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Vector

COMPILER_SECONDS: Final = 60.0

Said: TypeAlias = Sequence[Sequence[float]]
"""z [T, outputs]."""

Session: TypeAlias = Callable[[Mapping[str, Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Runtime:
    """A runtime and what is exported to it."""

    name: str
    target: Target
    packages: tuple[str, ...]
    steps: int
    """Steps of the run that is tried."""
    run: Callable[[Design, Sequence[Vector]], Said]

    @property
    def installed(self) -> bool:
        return all(shutil.which(name) or find_spec(name) for name in self.packages)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one design in one runtime."""

    differs: int | None
    """The first step whose z is not what the fractions say; None if there is none."""


def tried(runtime: Runtime, design: Design, inputs: Sequence[Vector], exact: Sequence[Vector]) -> Tried | None:
    """Run a design; None where it cannot be exported to the runtime, as fractions to integers."""
    try:
        said = runtime.run(design, inputs[: runtime.steps])
    except InputError:
        return None
    for n, (z, wanted) in enumerate(zip(said, exact, strict=False)):
        if any(not isfinite(value) or Fraction(value) != right for value, right in zip(z, wanted, strict=True)):
            return Tried(n)
    return Tried(None)


def _onnxruntime(model: bytes) -> Session:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # that c0 and h0 may be left out is meant
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda feeds: session.run(None, dict(feeds))


def _reference(model: bytes) -> Session:
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx.load_from_string(model))
    return lambda feeds: list(evaluator.run(None, dict(feeds)))


def _openvino(model: bytes) -> Session:
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(model)
        # Without the hint processors that have bfloat16 compute in it.
        compiled = openvino.compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    # Some versions take inputs that may be left out for constants.
    names = {name for given in compiled.inputs for name in given.names}

    def run(feeds: Mapping[str, Any]) -> Sequence[Any]:
        said = compiled({name: value for name, value in feeds.items() if name in names})
        return [said[output] for output in compiled.outputs]

    return run


def _tract(model: bytes) -> Session:
    import tract

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        path.write_bytes(model)
        loaded = tract.onnx().load(path)
    # Inputs that may be left out are constants here.
    names = [loaded.input_name(place) for place in range(loaded.input_count())]
    runnable = loaded.into_model().into_runnable()
    return lambda feeds: [said.to_numpy() for said in runnable.run([feeds[name] for name in names])]


def _whole(opened: Callable[[bytes], Session], target: Target) -> Callable[[Design, Sequence[Vector]], Said]:
    """Runs models that take all steps at once."""

    def run(design: Design, inputs: Sequence[Vector]) -> Said:
        import numpy as np

        session = opened(exported(design, target)[""])
        x = np.array([[float(value) for value in step] for step in inputs], dtype=np.float32)[:, None]
        feeds = {"x": x}
        if opened is _openvino:
            start = design.weights.initial
            feeds |= {"c0": np.array([[float(v) for v in start.c]], np.float32)}
            feeds |= {"h0": np.array([[float(v) for v in start.h]], np.float32)}
        return [list(map(float, z)) for z in session(feeds)[0][:, 0]]

    return run


def _stepwise(opened: Callable[[bytes], Session], target: Target) -> Callable[[Design, Sequence[Vector]], Said]:
    """Runs models of one step, handing c and h back."""

    def run(design: Design, inputs: Sequence[Vector]) -> Said:
        import numpy as np

        session = opened(exported(design, target)[""])
        kinds = (np.int8, np.int32, np.int8) if target == "onnx-int8" else (np.float32,) * 3
        start = design.weights.initial
        c = np.array([[float(v) for v in start.c]]).astype(kinds[1])
        h = np.array([[float(v) for v in start.h]]).astype(kinds[2])
        said = []
        for step in inputs:
            x = np.array([[float(value) for value in step]]).astype(kinds[0])
            z, c, h = session({"x": x, "c": c, "h": h})
            said.append(list(map(float, z[0])))
        return said

    return run


def _torch(design: Design, inputs: Sequence[Vector]) -> Said:
    import torch

    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder) / "net", exported(design, "torch"))
        spec = spec_from_file_location("net", Path(folder) / "net" / "net.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        net = module.load()
    x = torch.tensor([[float(value) for value in step] for step in inputs])[:, None]
    with torch.no_grad():
        z, _ = net(x)
    return [list(map(float, step)) for step in z[:, 0]]


_DRIVER: Final = """#include <stdio.h>
#include "{name}.h"
int main(void)
{{
    {name}_state state;
    double value = 0.0;
    {name}_reset(&state);
    for (;;) {{
        {name}_number x[{upper}_INPUTS];
        {name}_number z[{upper}_OUTPUTS];
        for (int d = 0; d < {upper}_INPUTS; d++) {{
            if (scanf("%lf", &value) != 1) {{
                return 0;
            }}
            x[d] = ({name}_number)value;
        }}
        {name}_step(&state, x, z);
        for (int k = 0; k < {upper}_OUTPUTS; k++) {{
            printf("%a ", (double)z[k]);
        }}
    }}
}}
"""


def _c(design: Design, inputs: Sequence[Vector]) -> Said:
    name = design.identifier
    driver = _DRIVER.format(name=name, upper=name.upper())
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2"]
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "c"
        write_folder(there, {**exported(design, "c"), "driver.c": driver.encode()})
        command = ["gcc", *flags, f"{name}.c", "driver.c", "-lm", "-o", "program"]
        subprocess.run(command, cwd=there, check=True, capture_output=True, timeout=COMPILER_SECONDS)
        given = " ".join(float(value).hex() for x in inputs for value in x)
        done = subprocess.run(
            [there / "program"], input=given, capture_output=True, text=True, check=True, timeout=COMPILER_SECONDS
        )
    numbers = [float.fromhex(text) for text in done.stdout.split()]
    width = design.outputs
    return [numbers[at : at + width] for at in range(0, len(numbers), width)]


RUNTIMES: Final = (
    Runtime("onnxruntime, Scan", "onnx", ("onnx", "onnxruntime"), 1_000, _whole(_onnxruntime, "onnx")),
    Runtime("onnxruntime, step", "onnx-step", ("onnx", "onnxruntime"), 1_000, _stepwise(_onnxruntime, "onnx-step")),
    Runtime("onnxruntime, int8", "onnx-int8", ("onnx", "onnxruntime"), 1_000, _stepwise(_onnxruntime, "onnx-int8")),
    Runtime("onnxruntime, LSTM", "onnx-lstm", ("onnx", "onnxruntime"), 1_000, _whole(_onnxruntime, "onnx-lstm")),
    Runtime("onnx.reference, Scan", "onnx", ("onnx",), 100, _whole(_reference, "onnx")),
    Runtime("onnx.reference, step", "onnx-step", ("onnx",), 100, _stepwise(_reference, "onnx-step")),
    Runtime("onnx.reference, int8", "onnx-int8", ("onnx",), 100, _stepwise(_reference, "onnx-int8")),
    Runtime("onnx.reference, LSTM", "onnx-lstm", ("onnx",), 100, _whole(_reference, "onnx-lstm")),
    Runtime("OpenVINO, Scan", "onnx", ("onnx", "openvino"), 1_000, _whole(_openvino, "onnx")),
    Runtime("OpenVINO, step", "onnx-step", ("onnx", "openvino"), 1_000, _stepwise(_openvino, "onnx-step")),
    Runtime("OpenVINO, int8", "onnx-int8", ("onnx", "openvino"), 1_000, _stepwise(_openvino, "onnx-int8")),
    Runtime("tract, Scan", "onnx", ("onnx", "tract"), 1_000, _whole(_tract, "onnx")),
    Runtime("tract, step", "onnx-step", ("onnx", "tract"), 1_000, _stepwise(_tract, "onnx-step")),
    Runtime("tract, int8", "onnx-int8", ("onnx", "tract"), 1_000, _stepwise(_tract, "onnx-int8")),
    Runtime("tract, LSTM", "onnx-lstm", ("onnx", "tract"), 1_000, _whole(_tract, "onnx-lstm")),
    Runtime("torch", "torch", ("torch", "safetensors"), 1_000, _torch),
    Runtime("C", "c", ("gcc",), 1_000, _c),
)
