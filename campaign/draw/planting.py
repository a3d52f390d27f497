"""Weights that are right by construction: the case is made of the net itself.

`automaton` runs a net over all its states and says what it does as a machine. `equations` writes the
cell's equations down as updates of registers, or of multiples of them; gates that a case cannot say (it multiplies
by constants only) are promised to be saturated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from random import Random
from typing import Final

from campaign.draw.cases import LEVELS, Cell, Pair, Values, draw_cell, draw_values
from campaign.draw.expressions import draw_domain, draw_inputs
from campaign.draw.machines import TRIES, Machine, states_of
from campaign.oracle.brute_force import outputs
from campaign.oracle.specs import (
    Domain,
    Expressions,
    Owed,
    Reaction,
    Register,
    Spec,
    State,
    Symbol,
    owed,
    readout_lines,
)
from campaign.oracle.textbook import Textbook, crelu

MOST_STATES: Final = 24
THRESHOLDS: Final = tuple(
    (Fraction(a), Fraction(b)) for a, b in (("3/4", "1/4"), ("1", "0"), ("2/3", "1/2"), ("1/2", "1/4"))
)


def automaton(random: Random, hidden: int | None = None, most: int = MOST_STATES) -> Pair | None:
    """A finite net as a machine; None if none was found."""
    for _ in range(TRIES):
        inputs = draw_inputs(random, finite=True)
        alphabet = [dict(zip(inputs, row, strict=True)) for row in product(*(d.tried for d in inputs.values()))]
        if len(alphabet) > 8:
            continue
        bare = Expressions(inputs, (), {}, ("any",)).spec()
        cell = draw_cell(random, bare.width, hidden)
        values = draw_values(random, cell)
        machine = states_of(Textbook.of(cell.record(values)), [bare.encode(letter) for letter in alphabet], most)
        if machine is not None and len(machine) >= 3 and len({h[0] for row in machine.values() for _, h in row}) > 1:
            letters = next(iter(inputs.values()))
            if len(inputs) == 1 and random.random() < 0.5 and _is_alphabet(letters):
                return Pair(_table(random, letters, machine), cell, values, right=True, made="table")
            spec = _conditions(random, inputs, alphabet, machine).spec()
            return Pair(spec, cell, values, right=True, made="automaton")
    return None


def _conditions(
    random: Random, inputs: Mapping[str, Domain], alphabet: Sequence[Mapping[str, Symbol]], machine: Machine
) -> Expressions:
    """The machine as nested conditions on a register and the inputs."""
    numbers = {state: n for n, state in enumerate(machine)}
    symbolic = random.random() < 0.5
    names = tuple(f"q{n}" for n in range(len(machine)))

    def chosen(rows: Sequence[Sequence[str]], register: str) -> str:
        cases = [f"({_by(alphabet, row)})" for row in rows]
        *early, last = cases
        keys = [repr(name) if symbolic else str(n) for n, name in enumerate(names)]
        return "".join(f"{text} if {register} == {key} else " for key, text in zip(keys, early, strict=False)) + last

    rows = list(machine.values())
    readout, told = _told(random, [[h[0] for _, h in row] for row in rows])
    after = [[names[numbers[there]] if symbolic else str(numbers[there]) for there, _ in row] for row in rows]
    after = [[repr(name) if symbolic else name for name in row] for row in after]
    state = Register("q", names[0] if symbolic else Fraction(0), names if symbolic else "integer")
    before = Register("p", state.init, state.kind)  # what q was: h is said of the step, not of the state alone
    updates = {"q": chosen(after, "q"), "p": "q"}
    outputs = [chosen(told, "p")]
    if len(next(iter(rows))[0][1]) > 1 and random.random() < 0.4:
        second = [[_text(h[1]) if random.random() < 0.9 else "any" for _, h in row] for row in rows]
        if readout is None:
            outputs.append(chosen(second, "p"))
    return Expressions(inputs, (state, before), updates, tuple(outputs), None, readout)


def _told(
    random: Random, rows: Sequence[Sequence[Fraction]]
) -> tuple[tuple[Fraction, Fraction] | None, list[list[str]]]:
    """What is owed on each transition, as texts: h itself, `any`, or 1 and 0 by thresholds."""
    match random.randrange(4):
        case 0:
            accept, reject = random.choice(THRESHOLDS)

            def verdict(h: Fraction) -> str:
                return "1" if h >= accept else "0" if h <= reject else "any"

            return (accept, reject), [[verdict(h) for h in row] for row in rows]
        case 1:
            return None, [[_text(h) if random.random() < 0.75 else "any" for h in row] for row in rows]
        case _:
            return None, [[_text(h) for h in row] for row in rows]


def _is_alphabet(letters: Domain) -> bool:
    """Could these be the letters of a `[machine]`? Two of them share one column: 0 and 1."""
    return letters.listed == (Fraction(0), Fraction(1)) or (letters.kind == "symbols" and len(letters.listed) > 2)


def _table(random: Random, letters: Domain, machine: Machine) -> Spec:
    """The machine as a `[machine]`, with outputs by transition."""
    symbols = [str(symbol) for symbol in letters.listed]
    names = {state: f"q{n}" for n, state in enumerate(machine)}
    rows = list(machine.values())
    readout, texts = _told(random, [[h[0] for _, h in row] for row in rows])
    told = [[text.strip("()") for text in row] for row in texts]
    lines = ["[machine]", f"alphabet = {json.dumps(symbols)}", 'start = "q0"', "[machine.output]"]
    for name, row in zip(names.values(), told, strict=True):
        said = (f"{json.dumps(s)} = {json.dumps(text)}" for s, text in zip(symbols, row, strict=True))
        lines.append(f"{name} = {{ {', '.join(said)} }}")
    lines.append("[machine.next]")
    for name, moves in zip(names.values(), rows, strict=True):
        there = (f'{json.dumps(s)} = "{names[after]}"' for s, (after, _) in zip(symbols, moves, strict=True))
        lines.append(f"{name} = {{ {', '.join(there)} }}")
    table = dict(zip(names.values(), zip(rows, told, strict=True), strict=True))

    def react(state: State, given: Mapping[str, Symbol]) -> Reaction:
        moves, said = table[state[0]]
        place = letters.listed.index(next(iter(given.values())))
        value: Owed = owed(None if said[place] == "any" else Fraction(said[place]), readout)
        return (names[moves[place][0]],), (value,)

    return Spec({"x": letters}, ("q0",), react, "\n".join([*lines, *readout_lines(readout)]))


def _by(alphabet: Sequence[Mapping[str, Symbol]], texts: Sequence[str]) -> str:
    """One text for each letter, chosen by conditions on the inputs."""
    if len(set(texts)) == 1:
        return texts[0]
    *early, last = zip(alphabet, texts, strict=True)
    return "".join(f"{text} if {_is(letter)} else " for letter, text in early) + last[1]


def _is(letter: Mapping[str, Symbol]) -> str:
    return " and ".join(f"{n} == {v!r}" if isinstance(v, str) else f"{n} == {_text(v)}" for n, v in letter.items())


def _text(value: Fraction) -> str:
    return f"({value})" if value < 0 else str(value)


# --- the cell's equations ------------------------------------------------------------------------


def equations(random: Random, hidden: int | None = None, finite: bool = False) -> Pair:
    """The cell's own equations as a case, for inputs of any kind; mostly of a net that says something."""
    enough = random.choice((1, 2, 3, 4))
    for _ in range(TRIES):
        pair = _equations(random, hidden, finite)
        if outputs(pair.spec, pair.weights, random) >= enough:
            break
    return pair


def _equations(random: Random, hidden: int | None, finite: bool) -> Pair:
    count = random.choice((1, 1, 2))
    inputs = {name: draw_domain(random, finite) for name in ("x", "y")[:count]}
    width = sum(domain.width for domain in inputs.values())
    cell = draw_cell(random, width, hidden or random.choice((1, 1, 2)))
    values, levels = _saturated(random, cell)
    scales = [Fraction(random.choice((1, 1, 1, 2, -1, 3))) for _ in range(cell.hidden)]
    machine = _written(random, inputs, cell, values, levels, scales)
    return Pair(machine.spec(), cell, values, right=True, made="equations")


def _saturated(random: Random, cell: Cell) -> tuple[Values, dict[tuple[str, int], Fraction]]:
    """Weights, many of whose gates f, i and o are constant, and the constants."""
    values = draw_values(random, cell)
    levels: dict[tuple[str, int], Fraction] = {}
    counts = random.random() < 0.5
    for gate in "fio":
        for j in range(cell.hidden):
            if counts and gate == "f":
                levels[gate, j] = Fraction(1)
            elif random.random() < 0.35:
                levels[gate, j] = random.choice(LEVELS)
            if (gate, j) in levels:
                for place in values:
                    if place[1] == j and place[0].endswith(gate):
                        values[place] = levels[gate, j] if place[0] == f"b_{gate}" else Fraction(0)
    return values, levels


def _written(
    random: Random,
    inputs: Mapping[str, Domain],
    cell: Cell,
    values: Values,
    levels: Mapping[tuple[str, int], Fraction],
    scales: Sequence[Fraction],
) -> Expressions:
    columns: list[str] = []
    for name, domain in inputs.items():
        symbols = domain.listed if domain.kind == "symbols" else ()
        columns += [f"(1 if {name} == {symbol!r} else 0)" for symbol in symbols] or [name]
    finite = [dict(zip(inputs, row, strict=True)) for row in product(*(d.finite or () for d in inputs.values()))]
    encode = Expressions(inputs, (), {}, ("any",)).spec().encode
    promises: list[str] = []
    units = range(cell.hidden)
    kept = [f"({_text(1 / scales[j])} * c{j})" for j in units]  # the register holds a multiple of the cell

    def argument(gate: str, j: int) -> str:
        parts = [(values[f"w_{gate}", j, k], text) for k, text in enumerate(columns)]
        parts += [(values[f"u_{gate}", j, k], f"h{k}") for k in units]
        told = [f"{_text(weight)} * {text}" for weight, text in parts if weight]
        return "(" + " + ".join([*told, _text(values[f"b_{gate}", j, 0])]) + ")"

    def gated(gate: str, j: int, text: str) -> str:
        if (gate, j) in levels:
            return f"({_text(levels[gate, j])} * {text})"
        if finite and len(finite) <= 4 and not any(values[f"u_{gate}", j, k] for k in units):
            found = []
            for letter in finite:
                weights = [values[f"w_{gate}", j, k] for k in range(len(columns))]
                total = sum((a * b for a, b in zip(weights, encode(letter), strict=True)), values[f"b_{gate}", j, 0])
                found.append(f"{_text(crelu(total))} * {text}")
            return f"({_by(finite, found)})"
        promises.append(f"({argument(gate, j)} <= 0 or {argument(gate, j)} >= 1)")
        return f"({text} if {argument(gate, j)} >= 1 else 0)"

    registers: list[Register] = []
    updates: dict[str, str] = {}
    for j in units:
        squashed = argument("c", j) if cell.candidate == "identity" else f"min(max({argument('c', j)}, 0), 1)"
        c = f"({gated('f', j, kept[j])} + {gated('i', j, squashed)})"
        h = gated("o", j, c if cell.output == "identity" else f"min(max({c}, 0), 1)")
        registers += [Register(f"c{j}", cell.c[j] * scales[j], "real"), Register(f"h{j}", cell.h[j], "real")]
        updates |= {f"c{j}": f"{_text(scales[j])} * {c}", f"h{j}": h}
    outputs, readout = _owed(random, cell.hidden, columns)
    assume = " and ".join(promises) if promises else None
    return Expressions(inputs, tuple(registers), updates, outputs, assume, readout)


def _owed(
    random: Random, hidden: int, columns: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Fraction, Fraction] | None]:
    condition = random.choice((f"{columns[0]} >= 1", "h0 <= 2", "c0 < 3", "h0 == 0", f"{columns[-1]} == 0", "h0 != 1"))
    match random.randrange(5):
        case 0 | 1:
            return tuple(f"h{j}" for j in range(hidden)), None
        case 2:
            return (f"h0 if {condition} else any",), None
        case 3:
            return (f"h0 if {condition} else any", *(f"h{j}" for j in range(1, min(hidden, 2)))), None
        case _:
            accept, reject = random.choice(THRESHOLDS)
            verdict = f"1 if h0 >= {_text(accept)} else (0 if h0 <= {_text(reject)} else any)"
            return (verdict,), (accept, reject)
