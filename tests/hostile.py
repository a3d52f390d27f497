"""Files made to exhaust whoever reads them: the table that `test_hostile` runs every command on.

Each entry makes a file's text. None of them is an error of the format alone: most are refused, some are answered,
and the rest take so long that only the clock ends them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

REPORTS: Final = Path(__file__).parents[1] / "reports" / "certificates"

LONG: Final = "9" * 900
"""A number of nearly as many digits as are read."""


# --- cases ---------------------------------------------------------------------------------------


def case(body: str, cell: str = "hidden = 1") -> str:
    return f'format = "lstmsolve/case/1"\nname = "hostile"\n{body}\n[cell]\n{cell}\n'


def inputs(count: int, domain: str) -> str:
    return "[input]\n" + "".join(f"x{number} = {domain}\n" for number in range(count))


def says(output: str, given: str = "x = [0, 1]") -> str:
    return case(f'[input]\n{given}\n[output]\nh = "{output}"')


def counting(update: str, start: str = "0") -> str:
    return case(f'[input]\nx = [0, 1]\n[state]\nn = {start}\n[next]\nn = "{update}"\n[output]\nh = "n"')


def registers(count: int, update: Callable[[int], str]) -> str:
    state = "".join(f"r{number} = 0\n" for number in range(count))
    steps = "".join(f'r{number} = "{update(number)}"\n' for number in range(count))
    return case(f'[input]\nx = "0.."\n[state]\n{state}[next]\n{steps}[output]\nh = "r0 if r1 > r2 else r3"')


def language(regex: str) -> str:
    return case(f'[language]\nalphabet = "01"\nregex = {json.dumps(regex)}', 'hidden = "minimal"')


def machine(states: int) -> str:
    said = "".join(f"q{q} = {q % 2}\n" for q in range(states))
    moves = "".join(
        f'q{q} = {{ "0" = "q{(7 * q + 1) % states}", "1" = "q{(13 * q + 5) % states}" }}\n' for q in range(states)
    )
    return case(f'[machine]\nalphabet = "01"\nstart = "q0"\n[machine.output]\n{said}[machine.next]\n{moves}')


def where(condition: str) -> str:
    return says("x") + f'[weights]\nwhere = ["{condition}"]\n'


SYMBOLS: Final = ", ".join(f'"s{number}"' for number in range(100_000))

CASES: Final[Mapping[str, str]] = {
    "12 inputs of 16 values": case(f'{inputs(12, chr(34) + "0..15" + chr(34))}[output]\nh = "0"'),
    "40 inputs of 2 values": case(f'{inputs(40, "[0, 1]")}[output]\nh = "0"'),
    "900 inputs without end": case(f'{inputs(900, chr(34) + "0.." + chr(34))}[output]\nh = "x0 + x1"'),
    "100,000 symbols": says("1 if x == 's1' else 0", f"x = {{ symbols = [{SYMBOLS}] }}"),
    "990 symbols": says("1 if x == 's1' else 0", f"x = {{ symbols = [{SYMBOLS[:8790].rpartition(',')[0]}] }}"),
    "9,999 listed values": says("x", f"x = [{', '.join(map(str, range(9_999)))}]"),
    "a range of 900 digits": counting("n + x").replace("[0, 1]", f'"0..{LONG}"'),
    "20,000 units": says("x").replace("hidden = 1", "hidden = 20000"),
    "20,000 units, all whole": says("x").replace("hidden = 1", "hidden = 20000\n[weights]\ninteger = true"),
    "a billion units": says("x").replace("hidden = 1", "hidden = 1000000000"),
    "5,000 outputs": case(f"[input]\nx = [0, 1]\n[output]\nh = [{', '.join(['1'] * 5_000)}]", "hidden = 5000"),
    "20,000 registers": registers(20_000, lambda number: f"r{number} + 1"),
    "registers in a tangle": registers(12, lambda n: f"r{n} + x if x > {n} else (r{(n + 1) % 12} if r0 > r3 else 0)"),
    "a register that grows by 900 digits": counting(f"n * {LONG}", "1"),
    "a real register that does": counting(f"n * 0.{LONG}", '{ init = 1, type = "real" }'),
    "a counter to 1,000,000,000": counting("n + 1 if n < 1000000000 else 0"),
    "140 nested conditions": says(
        "".join(f"({n} if x == {n} else " for n in range(140)) + "0" + ")" * 140, 'x = "0.."'
    ),
    "100 absolute values": says(" + ".join(f"abs(x - {n})" for n in range(100)), 'x = "0.."'),
    "12 remainders": says(" + ".join(f"(x % {p})" for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)), 'x = "0.."'),
    "6,000 arguments": says("min(" + ", ".join(["x"] * 6_000) + ")"),
    "a range of 20,000 spaces": counting("n + x").replace("[0, 1]", '"' + " " * 20_000 + 'x"'),
    "20,000 updates of no register": registers(20_000, lambda n: f"r{n}").replace(
        "[state]", "[state]\nextra = 0\n[states]"
    ),
    "a remainder by a trillion": says("x % 1000000000000", 'x = "0.."'),
    "60 alternatives in 60 conditions": where(
        " and ".join(f"(b_f > {n} or u_f < {n} or w_c == {n})" for n in range(60))
    ),
    "60 conditions in 60 alternatives": where(
        " or ".join(f"(b_f > {n} and u_f < {n} and w_c == {n})" for n in range(60))
    ),
    "300 exceptions": where(" and ".join(f"b_f != {n}" for n in range(300))),
    "a machine of 3,000 states": machine(3_000),
    "50 nested repetitions": language("(" * 50 + "0" + "){0,2}" * 50),
    "900 nested groups": language("(" * 900 + "0" + ")*" * 900),
    "4,500 optional letters": language("0?" * 4_500),
    "a far letter": language("(0|1)*1(0|1){20}"),
    "counted counts": language("((0{0,50}|1{1,50}){1,50}|01){1,50}"),
    "3,000 ranges": language("[" + "".join(f"{chr(2 * n + 256)}-{chr(2 * n + 257)}" for n in range(3_000)) + "]"),
    "a dotted key of 400 KB": "a." * 200_000 + "a = 1",
    "a dotted heading of 400 KB": "[" + "a." * 200_000 + "a]",
    "200,000 open brackets": "a = " + "[" * 200_000,
    "100,000 open tables": "a = " + "{a=" * 100_000,
    "100,000 unknown keys": "".join(f"k{number} = 1\n" for number in range(100_000)),
    "a fixed weight 250 lists deep": says("x") + f"[weights]\nb_f = {'[' * 250}1{']' * 250}\n",
    "quotes that do not close": '"\\"' * 250_000,
}


# --- weights -------------------------------------------------------------------------------------


def weights(inputs: int, hidden: int, initial: str | None = None, **rows: Any) -> str:
    """Weights with these arrays, the others empty tables."""
    arrays: dict[str, Any] = {}
    for gate in "fico":
        arrays |= {f"w_{gate}": [{}] * hidden, f"u_{gate}": [{}] * hidden, f"b_{gate}": {}}
    record = {"format": "lstmsolve/weights/1", "cell": {"inputs": inputs, "hidden": hidden}, "weights": arrays | rows}
    if initial is not None:
        record["initial"] = {"c": [initial] * hidden, "h": [initial] * hidden}
    return json.dumps(record)


def each(row: Callable[[int], Any], hidden: int) -> dict[str, Any]:
    """The same rows for u of every gate."""
    return {f"u_{gate}": [row(unit) for unit in range(hidden)] for gate in "fico"}


WEIGHTS: Final[Mapping[str, str]] = {
    "numbers that double in length": weights(1, 1, "2/3", u_f=[["1"]], b_o=["1"]),
    "numbers of 900 digits": weights(
        1, 1, f"1/{LONG}", u_f=[[LONG]], w_f=[[f"1/{LONG}"]], b_o=["1"], u_o=[[f"3/{LONG}"]]
    ),
    "huge exponents": weights(1, 1, "1/3", u_f=[["1e999"]], b_f=["1e-999"], b_i=["1e-999"], b_c=["1e999"], b_o=["1"]),
    "6,000 units without a weight": weights(1, 6_000),
    "6,000 units with one weight a row": weights(1, 6_000, **each(lambda unit: {str(unit): "1/2"}, 6_000)),
    "20,000 units and inputs": weights(20_000, 20_000),
    "250 units, all connected": weights(
        1, 250, **each(lambda unit: [f"{n % 7 - 3}/{unit + 1}" for n in range(250)], 250)
    ),
    "900 lists in lists": weights(1, 1, b_f=json.loads("[" * 900 + "]" * 900)),
    "200,000 open brackets": "[" * 200_000,
    "a row for every unknown key": json.dumps({f"k{number}": 0 for number in range(200_000)}),
}

FAMILIES: Final[Mapping[str, str]] = {
    "60 alternatives in 60 conditions": " and ".join(f"(b_f > {n} or u_f < {n} or w_c == {n})" for n in range(60)),
    "60 conditions in 60 alternatives": " or ".join(f"(b_f > {n} and u_f < {n} and w_c == {n})" for n in range(60)),
    "24 absolute values": " and ".join(
        f"abs({w} - {n}) + abs(u_c - {n}) > {n}" for n, w in enumerate(["w_f", "b_f", "b_i"] * 8)
    ),
    "300 exceptions": " and ".join(f"b_f != {n}" for n in range(300)),
}


def family(condition: str) -> str:
    return f'format = "lstmsolve/family/1"\n[weights]\nwhere = ["{condition}"]\n'


# --- certificates --------------------------------------------------------------------------------


def changed(change: Callable[[dict[str, Any]], None], name: str = "nonzero-counter") -> str:
    """A shipped certificate with something done to it."""
    record = json.loads((REPORTS / f"{name}.json").read_text())
    change(record)
    return json.dumps(record)


def first(record: dict[str, Any]) -> dict[str, Any]:
    """A mode that is not the initial one."""
    found: dict[str, Any] = next(mode for name, mode in record["modes"].items() if name != record["start"]["mode"])
    return found


def pinned(count: int, factor: str) -> Callable[[dict[str, Any]], None]:
    """v0 = factor·v1, v1 = factor·v2, … each pinned inside the one before."""

    def change(record: dict[str, Any]) -> None:
        mode = first(record)
        known, node = len(mode["where"]), mode["cases"][0]["tree"]
        mode["variables"] |= {f"v{number}": "real" for number in range(count + 1)}
        for sign in ("", "-"):
            opposite = "-" if not sign else ""
            mode["where"] += [
                {"form": {f"v{n}": f"{sign}1", f"v{n + 1}": f"{opposite}{factor}"}, "sign": ">="} for n in range(count)
            ]
        for number in reversed(range(count)):
            node = {
                "pinned": f"v{number}",
                "value": {f"v{number + 1}": factor},
                "at_least": {str(known + number): "1"},
                "at_most": {str(known + count + number): "1"},
                "then": node,
            }
        mode["cases"][0]["tree"] = node

    return change


def coprime(record: dict[str, Any]) -> None:
    """A condition whose common denominator has a million digits."""
    names = [f"v{number}" for number in range(1_500)]
    first(record)["variables"] |= dict.fromkeys(names, "integer")
    form = {name: f"1/{10**900 + 2 * number + 1}" for number, name in enumerate(names)}
    first(record)["where"].append({"form": form, "sign": ">="})


def combinations(record: dict[str, Any]) -> None:
    record["problem"]["input"] = {f"x{number}": [str(k) for k in range(16)] for number in range(12)}
    record["problem"] |= {"next": {}, "output": ["0"]}
    record["weights"] = json.loads(weights(12, 1))


def large_modes(record: dict[str, Any]) -> None:
    record["weights"] = json.loads(weights(1, 20_000))
    record["problem"]["cell"]["hidden"] = 20_000
    mode: dict[str, Any] = {"variables": {}, "where": [], "registers": {}, "c": {}, "h": {}, "cases": []}
    record["modes"] = {f"m{number}": mode for number in range(5_000)}


def deep_split(record: dict[str, Any]) -> None:
    case = first(record)["cases"][0]
    for number in range(300):
        condition = {"form": {"x": "1", "1": str(number)}, "sign": ">="}
        case["tree"] = {"split": condition, "holds": case["tree"], "fails": {"empty": {"0": "1"}}}


def expression(record: dict[str, Any]) -> None:
    for key in ("input", "state", "next", "output"):
        del record["problem"][key]
    regex = "(" * 50 + "0" + "){0,2}" * 50
    moves = {"q0": {"0": "q0", "1": "q0"}}
    record["problem"]["machine"] = {
        "alphabet": "01",
        "start": "q0",
        "output": {"q0": "1"},
        "next": moves,
        "regex": regex,
    }


def long_strings(record: dict[str, Any]) -> None:
    record["strings"] = [[record["strings"][0][0]] * 3_000] * 3


CERTIFICATES: Final[Mapping[str, Callable[[], str]]] = {
    "450 nested equations": lambda: changed(pinned(450, "1")),
    "300 nested equations of 900 digits": lambda: changed(pinned(300, LONG)),
    "a common denominator of a million digits": lambda: changed(coprime),
    "12 inputs of 16 values": lambda: changed(combinations),
    "5,000 modes of 20,000 units": lambda: changed(large_modes),
    "300 nested conditions": lambda: changed(deep_split),
    "100,000 multipliers": lambda: changed(
        lambda record: first(record)["cases"][0].update(tree={"empty": {str(n): "1" for n in range(100_000)}})
    ),
    "a regular expression that blows up": lambda: changed(expression),
    "strings of 3,000 steps": lambda: changed(long_strings, "two-ones-one-unit"),
    "900 lists in lists": lambda: '{"format": ' + "[" * 900 + "]" * 900 + "}",
    "100,000 open tables": lambda: '{"a":' * 100_000,
}


# --- derivations ---------------------------------------------------------------------------------

NET: Final = """
format = "lstmsolve/derivation/1"
name = "hostile"
[sizes]
N = "1.."
[time]
n = "0..N-1"
[inputs]
"x[n]" = "real"
[parameters]
w = "real"
[signals]
SIGNALS
[loss]
E = "h0[N-1]"
"""


def derivation(signals: str, claim: str | None = None) -> str:
    claimed = "" if claim is None else f'[[claims]]\nid = "a"\nclaim = "{claim}"\n'
    return NET.replace("SIGNALS", signals) + claimed


ONE: Final = '"h0[n]" = "w*x[n]"'
TANGLE: Final = "\n".join(
    f'"h{n}[n]" = "w*x[n]' + "".join(f" + h{k}[n-1]*h{7 * k % 60}[n-1]" for k in range(60)) + '"' for n in range(60)
)

DERIVATIONS: Final[Mapping[str, str]] = {
    "60 signals of 60 products": derivation(TANGLE),
    "a tower of powers": derivation(ONE, "dE/dw = 9**9**9**9"),
    "a power of 300 million digits": derivation(ONE, "dE/dw = 2**1000000000"),
    "a far index": derivation(ONE, "dE/dw = x[99999999999]"),
    "200 factors": derivation(ONE, "dE/dw = " + "*".join(["(x[n] + w)"] * 200)),
    "powers in powers": derivation(f'"h0[n]" = "{"(" * 100}w{"*w + x[n])**9" * 100}"'),
}
