"""Automata as Python has them: AALpy's, automata-lib's and pyformlang's objects, and functions. None is imported."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from lstmsolve.formats.starting.automata import Automaton, Moves
from lstmsolve.formats.starting.tables import automaton_of_table
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.machines import MAX_STATES


def automaton_of(value: object) -> Automaton | None:
    """The automaton that an object of these libraries is; None where it is none.

    Raises:
        InputError: it is nondeterministic, or says nothing.
    """
    found: Any = value
    if hasattr(found, "initial_state") and hasattr(getattr(found, "initial_state", None), "transitions"):
        return _aalpy(found)
    if all(hasattr(found, name) for name in ("input_symbols", "transitions", "initial_state")):
        table = {
            name: getattr(found, name)
            for name in ("input_symbols", "transitions", "initial_state", "final_states", "output_table")
            if hasattr(found, name)
        }
        return automaton_of_table(table)
    if all(hasattr(found, name) for name in ("to_dict", "start_states", "final_states", "symbols")):
        return _pyformlang(found)
    return None


def automaton_of_function(step: Callable[[Any, Any], Any], inputs: Iterable[object], start: Hashable) -> Automaton:
    """The Mealy automaton of `step(state, x) -> (state, output)`, over all states that these inputs reach.

    Raises:
        InputError: it reaches too many states, or answers something else than a pair.
    """
    letters = {str(x): x for x in inputs}
    if not letters:
        raise InputError.single("inputs", "a function needs at least one input to be tried on")
    names: dict[Hashable, str] = {start: "s0"}
    frontier = [start]
    moves = Moves()
    while frontier:
        state = frontier.pop(0)
        for symbol, x in letters.items():
            answer = step(state, x)
            if not isinstance(answer, tuple) or len(answer) != 2:
                raise InputError.single("step", "a step answers (state, output)", repr(answer))
            target, said = answer
            if target not in names:
                if len(names) >= MAX_STATES:
                    message = f"reaches more than {MAX_STATES} states; unbounded registers are written in a case file"
                    raise InputError.single("step", message)
                names[target] = f"s{len(names)}"
                frontier.append(target)
            moves.add(names[state], symbol, names[target], "any" if said is None else str(_number(said)))
    return moves.mealy("s0", list(letters))


def _number(said: object) -> object:
    return int(said) if isinstance(said, bool) else said


def _aalpy(found: Any) -> Automaton:
    """AALpy's Dfa, MooreMachine and MealyMachine: states with `transitions` by symbol."""
    moves = Moves()
    names = {state: str(state.state_id) for state in found.states}
    outputs: dict[str, str] = {}
    accepting: list[str] = []
    for state, name in names.items():
        moves.next.setdefault(name, {})
        said: Mapping[object, object] = getattr(state, "output_fun", {})
        for symbol, target in state.transitions.items():
            if isinstance(target, list | set):
                raise InputError.single("", f"is nondeterministic: {name!r} on {symbol!r}")
            moves.add(name, str(symbol), names[target], str(said[symbol]) if symbol in said else None)
        if getattr(state, "is_accepting", False):
            accepting.append(name)
        if hasattr(state, "output"):
            outputs[name] = str(state.output)
    start = names[found.initial_state]
    if any(moves.said.values()):
        return moves.mealy(start)
    return moves.moore(start, outputs) if outputs else moves.accepting(start, accepting)


def _pyformlang(found: Any) -> Automaton:
    """pyformlang's finite automata, where they are deterministic."""
    starts = [_value(state) for state in found.start_states]
    if len(starts) != 1:
        raise InputError.single("", f"needs one start state, has {len(starts)}")
    moves = Moves()
    moves.next[starts[0]] = {}
    for state, row in found.to_dict().items():
        for symbol, target in row.items():
            for one in target if isinstance(target, set | frozenset | list) else [target]:
                moves.add(_value(state), _value(symbol), _value(one))
    final = [_value(state) for state in found.final_states]
    return moves.accepting(starts[0], final, [_value(symbol) for symbol in found.symbols])


def _value(wrapped: object) -> str:
    return str(getattr(wrapped, "value", wrapped))
