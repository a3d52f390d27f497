"""Boxes of states of sigmoid and tanh cells: every step from a box meets what is owed, and ends in a box.

The rules, in words. A box belongs to a state of the reference machine. The step of the machine from
that state on each combination of inputs is computed from the spec itself; a way has to end in a box
of the state that comes out. Where the promise of [assume] is broken the way is None, and only there.
What is owed is checked at every step on the way. Cuts are made before the first step only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lstmsolve.checker.clocks import untimed
from lstmsolve.checker.forms import Reading, States
from lstmsolve.checker.walking import Given, Move, Walk, Weakest, combinations, require_cell, require_registers
from lstmsolve.kernel.base.affine import show
from lstmsolve.kernel.base.errors import OutsideFragment, RejectedProof
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.proofs.conditions import conditions
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.readouts import demands


def check_enclosures(certificate: EnclosureCertificate, tick: Callable[[], None] = untimed) -> Weakest | None:
    """Accept by returning; the weakest margin, where anything is owed.

    Raises:
        RejectedProof: names the first place that proves nothing, and why.
        LimitReached: `tick` raised it; nothing is accepted then.
    """
    weights = certificate.weights
    require_cell(certificate.problem, weights, certificate.scale)
    if certificate.error < 0:
        raise RejectedProof("error: an error is not negative")
    machine = _Finite(certificate)
    given = Given(weights, certificate.scale, certificate.start, certificate.boxes)
    walk = Walk(given, machine, machine.columns, certificate.error, tick)
    walk.check()
    return walk.weakest


class _Finite:
    """The reference machine, from the spec itself."""

    def __init__(self, certificate: EnclosureCertificate) -> None:
        self._certificate = certificate
        self._spec = certificate.problem.spec
        self._inputs = combinations(self._spec)
        self.columns = [tuple(value.constant for value in self._spec.encode(given)) for given in self._inputs]
        self._numbers = {_key(registers): number for number, registers in enumerate(certificate.states)}
        self._moves: dict[tuple[int, int], Move | None] = {}
        for number, registers in enumerate(certificate.states):
            require_registers(self._spec, registers, (), f"state {number}")
        if not certificate.states or _key(certificate.states[0]) != _key(self._spec.initial):
            raise RejectedProof("states: the first must hold the initial registers")

    @property
    def states(self) -> int:
        return len(self._certificate.states)

    def move(self, state: int, symbol: int) -> Move | None:
        if (state, symbol) not in self._moves:
            self._moves[state, symbol] = self._compute(state, symbol)
        return self._moves[state, symbol]

    def look(self, states: States, state: int, symbol: int, place: str) -> None:
        """Boxes have to hold, and nothing else."""

    def _compute(self, state: int, symbol: int) -> Move | None:
        registers, given = self._certificate.states[state], self._inputs[symbol]
        if not self._spec.assumed(registers, given):
            return None
        after = self._spec.step(registers, given)
        number = self._numbers.get(_key(after.registers))
        if number is None:
            told = ", ".join(f"{name} = {show(value)}" for name, value in after.registers.items())
            raise RejectedProof(f"states: the step from state {state} leads to one that is not listed, {told}")
        try:
            besides = conditions(self._spec, after.registers, given)
            weights = self._certificate.weights
            owed = tuple(Reading(demand) for demand in demands(self._spec, weights, after.outputs, besides))
        except OutsideFragment as error:
            raise RejectedProof(f"readout: {error}") from None
        return Move(number, owed)


def _key(registers: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    return tuple(sorted(registers.items()))
