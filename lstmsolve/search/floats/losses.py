"""How far weights are from what a spec says on some strings, in floats, with gradients.

What is owed after a prefix, of an output or of the difference of two (argmax), is an interval: a point for equality,
a half-line for a threshold of the readout, and all reals where nothing is owed. The loss is the mean squared distance
to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

import numpy as np

from lstmsolve.gradients.elementary import Floats
from lstmsolve.gradients.lstm import Parameters, backward, forward
from lstmsolve.kernel.lstm.cells import Cell, Gate, Parameter, State, Weights, parameters
from lstmsolve.kernel.spec.problems import Problem, weight_names
from lstmsolve.kernel.spec.specs import Decide, Demand, Relation, Spec
from lstmsolve.obligations.strings.systems import String, plain, prefix_tree
from lstmsolve.simulator.exact import run

HOPELESS: Final = 1e12
"""The loss of nets that overflow."""

CLEARLY: Final = 0.25
"""By how much an output is to be above another one, where anything above it does."""


@dataclass(frozen=True)
class Sample:
    """Strings and what is owed on them, R sums of U outputs at a time."""

    x: Floats
    """[B, N, D]; zeros after the end of a string"""
    sums: Floats
    """[U, R]: an output itself, or the difference of two"""
    low: Floats
    """[B, N, R]; -inf where nothing is owed, as `high` is inf"""
    high: Floats
    scale: Floats
    """[B, N, R]: distances count relative to values beyond 1"""
    owed: int
    """How many entries are owed anything."""

    @staticmethod
    def of(spec: Spec, strings: Iterable[String]) -> Sample:
        tree = prefix_tree(spec, map(plain, strings))
        paths = [list(reversed(list(tree.path(end)))) for end in tree.ends]
        steps, places = max(map(len, paths), default=0), _sums(spec)
        x = np.zeros((len(paths), steps, spec.columns))
        sums = np.zeros((spec.width, len(places)))
        for terms, place in places.items():
            for output, factor in terms:
                sums[output, place] = factor
        low = np.full((len(paths), steps, len(places)), -np.inf)
        high = np.full_like(low, np.inf)
        for b, path in enumerate(paths):
            for n, number in enumerate(path):
                prefix = tree.prefixes[number]
                x[b, n] = [float(column.constant) for column in prefix.x]
                for demand in prefix.demands:
                    place = places[demand.terms if len(demand.terms) > 1 else ((demand.place, 1),)]
                    low[b, n, place], high[b, n, place] = _interval(demand)
        bound = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
        owed = int(np.count_nonzero(np.isfinite(low) | np.isfinite(high)))
        return Sample(x, sums, low, high, 1.0 / np.maximum(1.0, np.abs(bound)), owed)


def _sums(spec: Spec) -> dict[tuple[tuple[int, int], ...], int]:
    """What is owed something, as outputs and their factors, and its place."""
    outputs = range(spec.width)
    if spec.readout is not None and spec.readout.decide is Decide.ARGMAX:
        pairs = [(right, other) for right in outputs for other in outputs if other != right]
        return {((right, 1), (other, -1)): place for place, (right, other) in enumerate(pairs)}
    return {((output, 1),): output for output in outputs}


def _interval(demand: Demand) -> tuple[float, float]:
    """What the sum of outputs may be, the ends included: floats only lead to candidates."""
    (_, sign), *others = demand.terms
    if others:
        return float(demand.bound.constant) + (CLEARLY if demand.relation is Relation.ABOVE else 0.0), np.inf
    value = float(demand.bound.constant) * sign
    if demand.relation is Relation.EQUAL:
        return value, value
    return (value, np.inf) if sign > 0 else (-np.inf, value)


@dataclass(frozen=True)
class Loss:
    """Loss and gradient of weights as one vector, in the order of `places`."""

    cell: Cell
    initial: State
    sample: Sample

    @cached_property
    def places(self) -> list[Parameter]:
        return list(parameters(self.cell))

    def values(self, vectors: Floats) -> Floats:
        """The losses of several nets, [K, P] to [K]."""
        with np.errstate(over="ignore", invalid="ignore"):
            h = forward(self.cell, self._parameters(vectors), self.sample.x).outputs
            layer = self._layer(vectors)
            squares = self._distances(h if layer is None else _read(h, layer)) ** 2
            losses: Floats = squares.sum(axis=(-3, -2, -1)) / max(1, self.sample.owed)
        return np.where(np.isfinite(losses), losses, HOPELESS)

    def with_gradient(self, vector: Floats) -> tuple[float, Floats]:
        """The loss of one net and its gradient, [P]."""
        net = self._parameters(vector)
        with np.errstate(over="ignore", invalid="ignore"):
            run = forward(self.cell, net, self.sample.x)
            layer = self._layer(vector)
            distances = self._distances(run.outputs if layer is None else _read(run.outputs, layer))
            loss = float((distances**2).sum()) / max(1, self.sample.owed)
            dz = (distances * self.sample.scale * (2 / max(1, self.sample.owed))) @ self.sample.sums.T
            dh, rest = np.zeros_like(run.outputs), np.zeros(0)
            if layer is None:
                dh[..., : dz.shape[-1]] = dz
            else:
                dh += dz @ layer[:, :-1]
                slopes = np.einsum("bno,bnh->oh", dz, run.outputs)
                rest = np.concatenate([slopes, dz.sum(axis=(0, 1))[:, None]], axis=1).reshape(-1)
            found = backward(self.cell, net, run, dh).parameters
        rows = np.concatenate([found.w, found.u, found.b[:, None]], axis=1)
        gradient: Floats = np.concatenate([rows.reshape(-1), rest])
        if not np.isfinite(loss) or not np.isfinite(gradient).all():
            return HOPELESS, np.zeros_like(vector)
        return loss, gradient

    def _parameters(self, vectors: Floats) -> Parameters:
        """Vectors […, P] as nets: rows gate by gate, unit by unit, of w, u and b, as `parameters` lists them."""
        cell, lead = self.cell, vectors.shape[:-1]
        gates = vectors[..., : len(Gate) * cell.hidden * (cell.inputs + cell.hidden + 1)]
        rows = gates.reshape(*lead, len(Gate) * cell.hidden, cell.inputs + cell.hidden + 1)
        w, u, b = rows[..., : cell.inputs], rows[..., cell.inputs : -1], rows[..., -1]
        return replace(self._start, w=w, u=u, b=b)

    def _layer(self, vectors: Floats) -> Floats | None:
        """V and d of an output layer, […, outputs, H + 1]; None where h is read."""
        cell = self.cell
        if cell.outputs is None:
            return None
        return vectors[..., -cell.outputs * (cell.hidden + 1) :].reshape(
            *vectors.shape[:-1], cell.outputs, cell.hidden + 1
        )

    @cached_property
    def _start(self) -> Parameters:
        """The initial state, with weights of zero."""
        return Parameters.of(Weights.of(self.cell, {}, self.initial))

    def _distances(self, z: Floats) -> Floats:
        """To what is owed, [..., B, N, R], with the sign of what is said minus it."""
        owing = z[..., : len(self.sample.sums)] @ self.sample.sums
        distances: Floats = (owing - np.clip(owing, self.sample.low, self.sample.high)) * self.sample.scale
        return distances


def _read(h: Floats, layer: Floats) -> Floats:
    """z, […, B, N, outputs], of h […, B, N, H] and V beside d, […, outputs, H + 1]."""
    rows, d = layer[..., :-1], layer[..., -1]
    z: Floats = h @ np.swapaxes(rows, -1, -2)[..., None, :, :] + d[..., None, None, :]
    return z


def fixed_values(problem: Problem) -> dict[Parameter, Fraction]:
    """The weights that the case fixes."""
    names = weight_names(problem.cell())
    return {names[name]: value for name, value in problem.constraints.fixed.items()}


def does_right(spec: Spec, weights: Weights, strings: Iterable[String]) -> bool:
    """Do the weights do on these strings what the spec says? Exactly."""
    tree = prefix_tree(spec, map(plain, strings))
    for end in tree.ends:
        path = [tree.prefixes[number] for number in reversed(list(tree.path(end)))]
        trace = run(weights, [tuple(column.constant for column in prefix.x) for prefix in path])
        for prefix, z in zip(path, trace.outputs, strict=True):
            if not all(demand.met_by(z) for demand in prefix.demands):
                return False
    return True
