"""torch: a module of its own with the case's names, and its state dict as safetensors.

Cells with crelu are a module that clips; sigmoid and tanh cells are `nn.LSTM`. A layer is an `nn.Linear`. Writing
needs no torch; running does.
"""

from __future__ import annotations

from typing import Final

from lstmsolve.interop.writing.design import Design, Files
from lstmsolve.interop.writing.state_dict import Precision, safetensors_file
from lstmsolve.kernel.base.characters import ascii_only
from lstmsolve.kernel.lstm.cells import Activation

_FUNCTIONS: Final = {
    Activation.CRELU: "torch.clamp({}, 0.0, 1.0)",
    Activation.IDENTITY: "{}",
    Activation.SIGMOID: "torch.sigmoid({})",
    Activation.TANH: "torch.tanh({})",
}

_NET: Final = '''"""{title}

{statement}"""

from pathlib import Path

import torch
from torch import nn

COLUMNS = {columns}
"""What each column of x is."""

State = tuple[torch.Tensor, torch.Tensor]


{cell}class Net(nn.Module):
    """{name}: x [time, batch, {inputs}] to z [time, batch, {outputs}]."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = {made}
{linear}        self.register_buffer("h0", torch.zeros({hidden}, dtype=torch.{dtype}))
        self.register_buffer("c0", torch.zeros({hidden}, dtype=torch.{dtype}))

    def forward(self, x: torch.Tensor, state: State | None = None) -> tuple[torch.Tensor, State]:
        """z after every step, and the state (h, c) that the run ends in. Give it back to go on from there."""
        batch = x.shape[1]
        h, c = state or (self.h0.expand(batch, -1), self.c0.expand(batch, -1))
{run}

def load(path: Path = Path(__file__).with_name("net.safetensors")) -> Net:
    """The net with its weights."""
    from safetensors.torch import load_file

    net = Net()
    net.load_state_dict(load_file(path))
    return net.eval()
'''


_CELL: Final = '''class Cell(nn.Module):
    """Weights as nn.LSTM has them: gates i, f, g, o one below another."""

    def __init__(self) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.zeros({rows}, {inputs}, dtype=torch.{dtype}))
        self.weight_hh_l0 = nn.Parameter(torch.zeros({rows}, {hidden}, dtype=torch.{dtype}))
        self.bias_ih_l0 = nn.Parameter(torch.zeros({rows}, dtype=torch.{dtype}))
        self.bias_hh_l0 = nn.Parameter(torch.zeros({rows}, dtype=torch.{dtype}))

    def forward(self, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> State:
        """One step: x [batch, {inputs}], h and c [batch, {hidden}]; the new h and c."""
        given = x @ self.weight_ih_l0.T + h @ self.weight_hh_l0.T + self.bias_ih_l0 + self.bias_hh_l0
        i, f, g, o = given.chunk(4, dim=-1)
        c = {f} * c + {i} * {g}
        return {o} * {out}, c


'''

_CLIPPED: Final = """        said = []
        for step in x:
            h, c = self.lstm(step, h, c)
            said.append({z})
        return torch.stack(said), (h, c)
"""

_SMOOTH: Final = """        every, (h, c) = self.lstm(x, (h.unsqueeze(0).contiguous(), c.unsqueeze(0).contiguous()))
        return {z}, (h.squeeze(0), c.squeeze(0))
"""


def torch_files(design: Design, precision: Precision) -> Files:
    """net.py and net.safetensors."""
    cell = design.weights.cell
    outputs = design.outputs
    linear = (
        ""
        if design.plain
        else (f"        self.linear = nn.Linear({cell.hidden}, {outputs}, dtype=torch.{precision})\n")
    )
    statement = "".join(f"{line}\n" for line in map(_harmless, design.statement.splitlines()))
    smooth = (cell.gate, cell.candidate, cell.output) == (Activation.SIGMOID, Activation.TANH, Activation.TANH)
    h = "every" if smooth else "h"
    z = f"self.linear({h})" if not design.plain else h if outputs == cell.hidden else f"{h}[..., :{outputs}]"
    sizes = {"rows": 4 * cell.hidden, "inputs": cell.inputs, "hidden": cell.hidden, "dtype": precision}
    clipping = _CELL.format(
        **sizes,
        f=_FUNCTIONS[cell.gate].format("f"),
        i=_FUNCTIONS[cell.gate].format("i"),
        g=_FUNCTIONS[cell.candidate].format("g"),
        o=_FUNCTIONS[cell.gate].format("o"),
        out=_FUNCTIONS[cell.output].format("c"),
    )
    text = _NET.format(
        **sizes,
        title=_harmless(f"{design.name}, an LSTM with {cell.hidden} units."),
        statement=statement,
        name=_harmless(design.name),
        columns=ascii(design.columns),
        outputs=outputs,
        cell="" if smooth else clipping,
        made=f"nn.LSTM({cell.inputs}, {cell.hidden}, dtype=torch.{precision})" if smooth else "Cell()",
        linear=linear,
        run=(_SMOOTH if smooth else _CLIPPED).format(z=z),
    )
    return {"net.py": text.encode("ascii"), "net.safetensors": safetensors_file(design, precision)[""]}


def _harmless(line: str) -> str:
    """A line of a docstring that cannot end it."""
    return ascii_only(line).replace("\\", "/").replace('"', "'")
