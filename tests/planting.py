"""Weights that are right by construction: the specification is made of the net itself.

Its registers are c and h, and its updates are the cell's equations, written out as a person would
write them. The gates f, i and o have to be saturated or constant for that, since the case language
multiplies by constants only; `[assume]` promises it where weights alone do not. What is owed is h,
`any` somewhere, or a threshold on h. No engine may ever exclude such weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final

from lstmsolve.formats.cases import parse_case
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.lstm.cells import Gate, Parameter, Weights, parameters
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.obligations.strings.systems import EndlessString, Entry, K, StringStep
from lstmsolve.writing.weights import weights_record
from tests.textbook import Textbook

VALUES: Final = tuple(map(Fraction, ("1", "-1", "2", "-2", "3", "1/2", "-1/2", "1/4")))
LEVELS: Final = tuple(map(Fraction, ("0", "1", "1", "1", "1/2", "3/4", "1/4")))

INPUTS: Final[tuple[dict[str, str], ...]] = (
    {"x": '"0.."'},
    {"x": '".."'},
    {"x": '"-2.."'},
    {"x": "[0, 1]"},
    {"x": "[0, 1, 3]"},
    {"x": '"real .."'},
    {"x": '"real 0.."'},
    {"x": '{ symbols = ["inc", "skip", "ask"] }'},
    {"x": '"0.."', "y": "[0, 1]"},
    {"x": '".."', "y": '{ symbols = ["a", "b"] }'},
)
PLAIN: Final[Mapping[str, tuple[Fraction | str, ...]]] = {
    '"0.."': tuple(map(Fraction, (0, 1, 2, 5))),
    '".."': tuple(map(Fraction, (0, 1, -1, 2))),
    '"-2.."': tuple(map(Fraction, (0, 1, -1, -2))),
    "[0, 1]": tuple(map(Fraction, (0, 1))),
    "[0, 1, 3]": tuple(map(Fraction, (0, 1, 3))),
    '"real .."': (Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2)),
    '"real 0.."': (Fraction(0), Fraction(1), Fraction(1, 2)),
    '{ symbols = ["inc", "skip", "ask"] }': ("inc", "skip", "ask"),
    '{ symbols = ["a", "b"] }': ("a", "b"),
    '{ symbols = ["go", "ask"] }': ("go", "ask"),
}
ENDLESS: Final[Mapping[str, tuple[int, ...]]] = {
    '"0.."': (1,),
    '".."': (1, -1),
    '"-2.."': (1,),
    '"real .."': (1, -1),
    '"real 0.."': (1,),
}
"""The signs with which an input may grow."""


@dataclass(frozen=True)
class Planted:
    problem: Problem
    weights: Weights
    domains: Mapping[str, str]

    def strings(self, random: Random, count: int) -> list[EndlessString]:
        """Random strings, many of them with K."""
        return [tuple(self._steps(random)) for _ in range(count)]

    def _steps(self, random: Random) -> Iterator[StringStep]:
        for _ in range(random.randint(1, 5)):
            given: dict[str, Entry] = {name: random.choice(PLAIN[text]) for name, text in self.domains.items()}
            endless = [name for name, text in self.domains.items() if text in ENDLESS]
            if endless and random.random() < 0.3:
                name = random.choice(endless)
                far = Affine.variable(K) * random.choice(ENDLESS[self.domains[name]]) + random.randint(-1, 2)
                yield StringStep({**given, name: far})
            else:
                yield StringStep(given, repeated=random.random() < 0.3)


def planted(seed: int) -> Planted:
    """A case and weights that meet it at every length."""
    random = Random(seed)
    domains = random.choice(INPUTS)
    hidden = random.choice((1, 1, 2))
    candidate = random.choice(("crelu", "crelu", "identity"))
    output = random.choice(("identity", "identity", "identity", "crelu"))
    initial = [[random.choice((0, 0, 0, 1, 2)) for _ in range(hidden)] for _ in "ch"]
    cell = f'[cell]\nhidden = {hidden}\ncandidate = "{candidate}"\noutput = "{output}"\n'
    cell += f"initial = {{ c = {initial[0]}, h = {initial[1]} }}\n"
    head = "[input]\n" + "".join(f"{name} = {text}\n" for name, text in domains.items())
    bare = parse_case(f'name = "planted"\nformat = "lstmsolve/case/1"\n{head}[output]\nh = "any"\n{cell}')
    values, fixed = _values(random, bare)
    columns = list(_columns(domains))
    promises: list[str] = []
    registers, updates, said = "", "", []
    for unit in range(hidden):

        def argument(gate: Gate, unit: int = unit) -> str:
            names = [("w", n, text) for n, text in enumerate(columns)]
            names += [("u", k, f"h{k}") for k in range(hidden)]
            parts = [(values[Parameter(m, gate, unit, n)], text) for m, n, text in names]
            told = [f"{_decimal(value)} * {text}" for value, text in parts if value]
            return "(" + " + ".join([*told, _decimal(values[Parameter("b", gate, unit)])]) + ")"

        def gated(gate: Gate, value: str, unit: int = unit, argument=argument) -> str:  # type: ignore[no-untyped-def]
            level = fixed.get((gate, unit))
            if level is not None:
                return f"({_decimal(level)} * {value})"
            promises.append(f"({argument(gate)} <= 0 or {argument(gate)} >= 1)")
            return f"({value} if {argument(gate)} >= 1 else 0)"

        squashed = argument(Gate.CANDIDATE)
        if candidate == "crelu":
            squashed = f"min(max({squashed}, 0), 1)"
        c = f"({gated(Gate.FORGET, f'c{unit}')} + {gated(Gate.INPUT, squashed)})"
        h = gated(Gate.OUTPUT, c if output == "identity" else f"min(max({c}, 0), 1)")
        for name, text, start in (("c", c, initial[0][unit]), ("h", h, initial[1][unit])):
            registers += f'{name}{unit} = {{ init = {start}, type = "real" }}\n'
            updates += f'{name}{unit} = "{text}"\n'
        said.append(f"h{unit}")
    assume = f'[assume]\nalways = "{" and ".join(promises)}"\n' if promises else ""
    owed, readout = _owed(random, said, columns)
    text = f"{head}[state]\n{registers}[next]\n{updates}{assume}[output]\nh = {owed}\n{readout}{cell}"
    problem = parse_case(f'name = "planted"\nformat = "lstmsolve/case/1"\n{text}')
    weights = Weights.of(problem.cell(), values, problem.initial_state(hidden))
    return Planted(problem, weights, domains)


def _values(random: Random, problem: Problem) -> tuple[dict[Parameter, Fraction], dict[tuple[Gate, int], Fraction]]:
    """Weights, and the levels of the gates that are constant."""
    cell = problem.cell()
    values = {place: random.choice(VALUES) if random.random() < 0.45 else Fraction(0) for place in parameters(cell)}
    fixed: dict[tuple[Gate, int], Fraction] = {}
    counts = random.random() < 0.5
    for gate in (Gate.FORGET, Gate.INPUT, Gate.OUTPUT):
        for unit in range(cell.hidden):
            if counts and gate is Gate.FORGET:
                fixed[gate, unit] = Fraction(1)
            elif random.random() < 0.35 and not (counts and gate is Gate.OUTPUT):
                fixed[gate, unit] = random.choice(LEVELS)
            if (gate, unit) in fixed:
                for place in values:
                    if place.gate is gate and place.unit == unit:
                        values[place] = fixed[gate, unit] if place.matrix == "b" else Fraction(0)
    return values, fixed


def _owed(random: Random, said: list[str], columns: list[str]) -> tuple[str, str]:
    """What `[output]` says, and the readout."""
    everything = "[" + ", ".join(f'"{name}"' for name in said) + "]"
    condition = random.choice((f"{columns[0]} >= 1", "h0 <= 2", "c0 < 3", "h0 == 0", f"{columns[-1]} == 0", "h0 != 1"))
    match random.randrange(5):
        case 0 | 1:
            return everything, ""
        case 2:
            return f'"h0 if {condition} else any"', ""
        case 3:
            last = f', "{said[1]}"' if len(said) > 1 else ""
            return f'["h0 if {condition} else any"{last}]', ""
        case _:
            verdict = '"1 if h0 >= 0.75 else (0 if h0 <= 0.25 else any)"'
            return verdict, '[readout]\naccept = ">= 3/4"\nreject = "<= 1/4"\n'


def _columns(domains: Mapping[str, str]) -> Iterator[str]:
    """The cell's input columns as expressions of the case language."""
    for name, text in domains.items():
        if "symbols" in text:
            yield from (f"(1 if {name} == '{symbol}' else 0)" for symbol in PLAIN[text])
        else:
            yield name


def _decimal(value: Fraction) -> str:
    return f"({float(value)})" if value < 0 else str(float(value))


# --- specifications that know less than the cell -------------------------------------------------

LONGEST: Final = 60
"""Simulated steps of `go`: by then these nets move in a straight line, or are not used."""

LATEST_BEND: Final = 8
ASKS: Final = 3


def counted(seed: int) -> Planted | None:
    """A net that reads `go` n times, then `ask`: the specification has only n, and what the net was seen to say.

    None where what it says is no straight line in n by and by.
    """
    random = Random(seed)
    hidden = random.choice((1, 1, 2))
    candidate = random.choice(("crelu", "crelu", "identity"))
    output = random.choice(("identity", "identity", "crelu"))
    cell = f'[cell]\nhidden = {hidden}\ncandidate = "{candidate}"\noutput = "{output}"\n'
    head = '[input]\nx = { symbols = ["go", "ask"] }\n'
    bare = parse_case(f'name = "counted"\nformat = "lstmsolve/case/1"\n{head}[output]\nh = "any"\n{cell}')
    values, _ = _values(random, bare)
    weights = Weights.of(bare.cell(), values)
    said = _said(weights)
    if said is None:
        return None
    owed: list[str] = []
    for unit in range(hidden):
        told = [_straight([row[asks][unit] for row in said], first=asks == 0) for asks in range(ASKS + 1)]
        if None in told:
            return None
        chosen = [text if asks == 0 or random.random() < 0.6 else "any" for asks, text in enumerate(told)]
        owed.append(" ".join(f"({text}) if k == {k} else" for k, text in enumerate(chosen)) + " any")
    outputs = "[" + ", ".join(f'"{text}"' for text in owed) + "]"
    text = (
        f"{head}[state]\nn = 0\nk = 0\n[next]\nn = \"n + 1 if x == 'go' else n\"\nk = \"k + 1 if x == 'ask' else k\"\n"
        f"[assume]\nalways = \"x == 'ask' or k == 0\"\n[output]\nh = {outputs}\n{cell}"
    )
    problem = parse_case(f'name = "counted"\nformat = "lstmsolve/case/1"\n{text}')
    return Planted(problem, Weights.of(problem.cell(), values), {"x": '{ symbols = ["go", "ask"] }'})


def _said(weights: Weights) -> list[list[list[Fraction]]] | None:
    """h after `go` n times and after each `ask` that follows, by n; None where numbers grow too long to be of use."""
    cell = Textbook.of(weights_record(weights))
    go, ask = [Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]
    c, h = cell.initial
    said: list[list[list[Fraction]]] = []
    for _ in range(LONGEST):
        row, later = [h], (c, h)
        for _ in range(ASKS):
            later = cell.step(*later, ask)
            row.append(later[1])
        said.append(row)
        c, h = cell.step(c, h, go)
        if any(value.denominator > 8 for value in (*c, *h)):
            return None
    return said


def _straight(values: list[Fraction], *, first: bool) -> str | None:
    """The values as an expression in n: a table, then a straight line. The first is not owed anything at n = 0."""
    start, slope = values[-1], values[-1] - values[-2]
    line = [start - slope * (len(values) - 1 - n) for n in range(len(values))]
    bend = next((n + 1 for n in reversed(range(len(values))) if values[n] != line[n]), 0)
    if bend > LATEST_BEND or any(8 % value.denominator for value in values):
        return None
    table = "".join(f"{_decimal(values[n])} if n == {n} else " for n in range(int(first), bend))
    return f"{table}{_decimal(slope)} * n + {_decimal(line[0])}"
