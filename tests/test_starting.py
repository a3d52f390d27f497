"""The first minutes: templates, minimal files, languages without a file, cases out of automata and of Python values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import lstmsolve
from lstmsolve.api.loading.beginning import new_case
from lstmsolve.cli.main import app
from lstmsolve.formats.cases import parse_case, read_case
from lstmsolve.formats.starting.automata import Automaton
from lstmsolve.formats.starting.reading import read_automaton
from lstmsolve.formats.starting.templates import alphabet_of
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.machines import Machine

ROOT = Path(__file__).parents[1]
MINIMAL = '[input]\nx = [0, 1]\n[state]\nn = 0\n[next]\nn = "min(2, n + x)"\n[output]\nh = "n"\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


# --- files ---------------------------------------------------------------------------------------


def test_the_example_of_the_readme_is_a_case(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    path = tmp_path / "tally.toml"
    path.write_text(example)
    assert read_case(path).spec == lstmsolve.load_case("nonzero-counter").spec
    assert run("solve", str(path), "--out", str(tmp_path / "found")).exit_code == 0
    assert run("verify", str(path), "b_f=1 w_i=1 w_c=1 b_o=1 w_o=1").exit_code == 10
    assert run("verify", str(path), str(tmp_path / "found" / "weights.json")).exit_code == 0


def test_format_name_and_cell_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "my counter.toml"
    path.write_text(MINIMAL)
    problem = read_case(path)
    assert (problem.name, problem.choice.hidden, problem.notes) == ("my-counter", None, ())


def test_the_template_is_a_case_that_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert run("new", str(path)).exit_code == 0
    assert run("solve", str(path)).exit_code == 0
    again = run("new", str(path))
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    # Each line that is commented out is one that may be there.
    lines = path.read_text().splitlines()
    for heading in ("readout", "assume", "weights"):
        at = next(n for n, line in enumerate(lines) if line.startswith(f"# [{heading}]"))
        section = [lines[at][2:], *(line[2:] for line in lines[at + 1 :] if line.startswith("# "))][:3]
        parse_case("\n".join([*lines, *(section[: 3 if heading != "assume" else 2])]))


def test_new_begins_with_other_things(tmp_path: Path) -> None:
    assert run("new", str(tmp_path / "a.toml"), "--like", "parity").exit_code == 0
    assert read_case(tmp_path / "a.toml").spec == lstmsolve.load_case("parity").spec
    assert read_case(tmp_path / "a.toml").name == "a"
    assert run("new", str(tmp_path / "b.toml"), "--regex", "(10)*").exit_code == 0
    assert read_case(tmp_path / "b.toml").machine is not None
    both = run("new", str(tmp_path / "c.toml"), "--regex", "(10)*", "--like", "parity")
    assert (both.exit_code, "give one of" in both.stderr) == (2, True)
    assert run("new", str(tmp_path / "c.txt")).exit_code == 2
    assert not (tmp_path / "c.toml").exists()


def test_a_language_is_solved_without_a_file() -> None:
    result = run("solve", "--regex", "[01]*11", "--json")
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (0, "solved")
    assert "give a case, or --regex" in run("solve").stderr
    assert "give a case, or --regex" in run("solve", "parity", "--regex", "1*").stderr
    assert "say --alphabet" in run("solve", "--regex", "1.*").stderr


def test_alphabets_are_the_letters_of_the_expression() -> None:
    assert alphabet_of("[01]*111") == "01"
    assert alphabet_of("(a|b){2,13}c?") == "abc"
    assert alphabet_of("[a-d]x") == "abcdx"
    for unclear in ("a.", "[^a]", r"\d+", "()"):
        with pytest.raises(InputError, match="alphabet"):
            alphabet_of(unclear)


def test_cases_are_found_and_shown() -> None:
    found = run("cases", "parity")
    assert found.exit_code == 0
    assert "parity" in found.stdout
    assert "ramp" not in found.stdout
    shown = run("cases", "parity", "--show")
    assert shown.stdout == (ROOT / "cases" / "parity.toml").read_text()
    assert run("cases", "no such words").exit_code == 2
    assert all(len(line) <= 80 for line in run("cases").stdout.splitlines())
    assert len(run("cases", "--verbose").stdout) > len(run("cases").stdout)


# --- automata ------------------------------------------------------------------------------------

DOT = {
    "LearnLib": """digraph g {
        __start0 [label="" shape="none"];
        s0 [shape="circle" label="0"]; s1 [shape="circle" label="1"];
        s0 -> s1 [label="a / 1"]; s0 -> s0 [label="b / 0"];
        s1 -> s0 [label="a / 0"]; s1 -> s1 [label="b / 1"];
        __start0 -> s0;
    }""",
    "in a hurry": 'digraph { s0 -> s1 [label="a/1"] s0 -> s0 [label="b/0"]; s1->s0[label="a/0"]; '
    's1 -> s1 [label=<b/1>] }',
    "Moore": 'digraph m { s0 [label="{s0|0}", shape=record]; s1 [label="s1|1"];\ns0 -> s1 -> s0 [label="a"]; '
    's0 -> s0 [label=b]; s1 -> s1 [label=b] }',
    "accepting": 'digraph { rankdir=LR; node [shape=circle]; s1 [shape=doublecircle]; "" [shape=none];'
    '"" -> s0; // start\n'
    's0 -> s1 [label="a"]; s1 -> s0 [label="a"]; s0 -> s0 [label="b"]; s1 -> s1 [label="b"] }',
}  # fmt: skip
FILES = {
    **{f"{name}.dot": text for name, text in DOT.items()},
    "open.att": "s0\ts1\ta\ta\ns0\ts0\tb\tb\ns1\ts0\ta\ta\ns1\ts1\tb\tb\ns1\n",
    "two columns.att": "s0 s1 a\ns0 s0 b\ns1 s0 a\ns1 s1 b\ns1 0.0\n",
    "transducer.att": "s0\ts1\ta\t1\ns0\ts0\tb\t0\ns1\ts0\ta\t0\ns1\ts1\tb\t1\n",
    "rows.json": '{"start": "s0", "accepting": ["s1"], '
    '"transitions": {"s0": {"a": "s1", "b": "s0"}, "s1": {"a": "s0", "b": "s1"}}}',
    "lists.json": '{"initial_state": "s0", "final_states": ["s1"], "input_symbols": ["a", "b"], '
    '"delta": [["s0", "a", "s1"], ["s0", "b", "s0"], ["s1", "a", "s0"], ["s1", "b", "s1"]]}',
    "named.json": '{"initial": "s0", "outputs": {"s0": 0, "s1": 1}, "edges": [{"from": "s0", "on": "a", "to": "s1"}, '
    '{"from": "s0", "on": "b", "to": "s0"}, {"from": "s1", "on": "a", "to": "s0"}, '
    '{"from": "s1", "on": "b", "to": "s1"}]}',
}  # fmt: skip


def said(found: Automaton | Machine, word: str) -> list[str]:
    """What an automaton says along a word."""
    state, outputs = found.start, []
    for symbol in word:
        after = found.next[state][symbol]
        spoken = found.output[state]
        outputs.append(str(spoken[symbol] if isinstance(spoken, Mapping) else found.output[after]))
        state = after
    return outputs


@pytest.mark.parametrize("name", FILES)
def test_automata_of_many_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])
    automaton = read_automaton(path)
    random = Random(0)
    for _ in range(20):
        word = "".join(random.choice("ab") for _ in range(12))
        assert said(automaton, word) == [str(word[: n + 1].count("a") % 2) for n in range(12)]
    new = run("new", str(tmp_path / "mine.toml"), "--from", str(path))
    assert new.exit_code == 0, new.stderr
    problem = read_case(tmp_path / "mine.toml")
    assert problem.machine is not None
    assert lstmsolve.verify(problem, "w_i=1 u_i=-1, b_i=1, w_f=0", seconds=5).verdict in ("proved", "refuted")


HOA = """HOA: v1
name: "G(a)"
States: 2
Start: 0
AP: 2 "a" "b"
Acceptance: 1 Inf(0)
--BODY--
State: 0 "all so far" {0}
[0&!1 | 0&1] 0
[!0] 1
State: 1
[t] 1
--END--
"""


def test_automata_over_propositions(tmp_path: Path) -> None:
    path = tmp_path / "always.hoa"
    path.write_text(HOA)
    automaton = read_automaton(path)
    assert automaton.alphabet == ("!a&!b", "!a&b", "a&!b", "a&b")
    state = automaton.start
    for symbol, wanted in (("a&b", "1"), ("a&!b", "1"), ("!a&b", "0"), ("a&b", "0")):
        state = automaton.next[state][symbol]
        assert automaton.output[state] == wanted


def test_missing_transitions_of_acceptors_lead_to_a_dead_state(tmp_path: Path) -> None:
    path = tmp_path / "word.dot"
    path.write_text('digraph { s; dead [shape=doublecircle]; s -> dead [label="a,b"] }')
    new = run("new", str(tmp_path / "mine.toml"), "--from", str(path))
    assert "missing lead to a new state 'dead0'" in new.stderr
    found = read_case(tmp_path / "mine.toml").machine
    assert found is not None
    assert said(found, "ab") == ["1", "0"]


@pytest.mark.parametrize(
    ("name", "text", "fragment"),
    [
        ("a.dot", "graph { a -- b }", "is no digraph"),
        ("a.dot", 'digraph { a -> b [label="x"]; a -> a [label="x"] }', "nondeterministic"),
        ("a.dot", "digraph { a -> b }", "has no label"),
        ("a.dot", 'digraph { a -> b [label="x / 1"]; b -> a [label="y / 0"] }', "transitions are missing: a on y"),
        ("a.dot", "digraph {}", "has no nodes"),
        ("a.att", "0 1 @0@ @0@\n1", "without a symbol"),
        ("a.att", "0 1 a\n0 0 a\n", "nondeterministic"),
        ("a.att", "0\n", "has no transitions"),
        ("a.hoa", "HOA: v1\nStates: 1\n", "Hanoi format"),
        ("a.hoa", HOA.replace("[t] 1", "1"), "without labels"),
        ("a.hoa", HOA.replace("[t]", "[7]"), "by its number"),
        ("a.json", '{"start": "a"}', "has no transitions"),
        ("a.json", '{"transitions": {"a": {"x": "a"}}}', "has no start state"),
        ("a.json", '{"start": "a", "transitions": {"a": {"x": "a"}}}', "says nothing"),
        ("a.json", '{"start": "a", "accepting": [], "transitions": {"a": {"x": ["a", "b", "c"]}}}', "."),
        ("a.xyz", "nothing", "no automaton of a format that is read"),
    ],
)  # fmt: skip
def test_automata_that_cannot_be_read(name: str, text: str, fragment: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    result = run("new", str(tmp_path / "mine.toml"), "--from", str(path))
    if fragment != ".":
        assert result.exit_code == 2
        assert fragment in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


# --- Python --------------------------------------------------------------------------------------


def parity(state: int, x: int) -> tuple[int, int]:
    return (state + x) % 2, (state + x) % 2


def automata_lib() -> object:
    fa = pytest.importorskip("automata.fa.dfa")
    moves = {"e": {"0": "e", "1": "o"}, "o": {"0": "o", "1": "e"}}
    return fa.DFA(states={"e", "o"}, input_symbols={"0", "1"}, transitions=moves, initial_state="e", final_states={"o"})


def aalpy() -> object:
    automata = pytest.importorskip("aalpy.automata")
    even, odd = automata.DfaState("e", False), automata.DfaState("o", True)
    even.transitions, odd.transitions = {0: even, 1: odd}, {0: odd, 1: even}
    return automata.Dfa(even, [even, odd])


def pyformlang() -> object:
    fa = pytest.importorskip("pyformlang.finite_automaton")
    found = fa.DeterministicFiniteAutomaton()
    found.add_start_state(fa.State("e"))
    found.add_final_state(fa.State("o"))
    for source, symbol, target in (("e", 0, "e"), ("e", 1, "o"), ("o", 0, "o"), ("o", 1, "e")):
        found.add_transition(fa.State(source), fa.Symbol(symbol), fa.State(target))
    return found


MOVES = {"e": {"0": "e", "1": "o"}, "o": {"0": "o", "1": "e"}}
SPEC = {"input": {"x": [0, 1]}, "state": {"p": 0}, "next": {"p": "(p + x) % 2"}, "output": {"h": "p"}}
PARITIES: dict[str, Callable[[], object]] = {
    "a case's table": lambda: SPEC,
    "a machine's table": lambda: {"start": "e", "next": MOVES, "output": {"e": 0, "o": 1}},
    "a dict": lambda: {"q0": "e", "delta": {(q, int(x)): r for q in MOVES for x, r in MOVES[q].items()}, "F": {"o"}},
    "automata-lib": automata_lib,
    "AALpy": aalpy,
    "pyformlang": pyformlang,
}  # fmt: skip


@pytest.mark.parametrize("name", PARITIES)
def test_cases_of_python_values(name: str) -> None:
    problem = lstmsolve.case(PARITIES[name](), hidden=1)
    assert lstmsolve.verify(problem, "w_i=1, u_i=0, w_c=1, w_f=-2, b_f=1, b_o=1").verdict == "refuted"
    assert lstmsolve.verify(problem, "w_i=1, w_c=1, u_c=-1, b_f=1, w_f=-1, b_o=1").verdict == "proved"


def test_cases_of_functions_keywords_and_expressions() -> None:
    weights = "w_i=1, w_c=1, u_c=-1, b_f=1, w_f=-1, b_o=1"
    for problem in (
        lstmsolve.case(parity, inputs=[0, 1]),
        lstmsolve.case(input={"x": [0, 1]}, state={"p": 0}, next={"p": "(p + x) % 2"}, output="p"),
        lstmsolve.case(regex="0*(10*10*)*10*", alphabet="01"),
    ):
        assert lstmsolve.verify(problem, weights).verdict == "proved"
    wrong: list[tuple[object, dict[str, Any], str]] = [
        (parity, {}, "inputs"),
        (lambda state, x: state, {"inputs": [0]}, "answers"),
        (lambda state, x: (state + 1, 0), {"inputs": [0]}, "more than"),
        (7, {}, "a case is made of"),
        (None, {"regex": "1*", "input": {}}, "language"),
    ]
    for behaviour, keywords, fragment in wrong:
        with pytest.raises(InputError, match=fragment):
            lstmsolve.case(behaviour, **keywords)


@pytest.mark.parametrize(
    ("replies", "written"),
    [
        (("no", "ok", "ok"), ["no", "ok", "ok"]),
        (("no", "yes", "yes"), [0, 1, 1]),
        (("0", "1", "off"), ["0", "1", "off"]),
        (("1/2", "0", "true"), ["1/2", 0, 1]),
    ],
)
def test_outputs_are_numbers_only_if_all_are(tmp_path: Path, replies: tuple[str, ...], written: list[object]) -> None:
    moves = zip(("a -> a", "a -> b", "b -> a"), ("x", "y", "x"), replies, strict=True)
    lines = [f'{move} [label="{symbol} / {reply}"];' for move, symbol, reply in moves]
    lines += ["__start -> a;", f'b -> b [label="y / {replies[0]}"];']
    (tmp_path / "m.dot").write_text(f"digraph m {{ {' '.join(lines)} }}")
    text, _ = new_case(tmp_path / "m.toml", source=tmp_path / "m.dot")
    output = tomllib.loads(text)["machine"]["output"]
    assert [output["a"]["x"], output["a"]["y"], output["b"]["x"]] == written
    (tmp_path / "m.toml").write_text(text)
    assert lstmsolve.load_case(tmp_path / "m.toml").spec.outputs
