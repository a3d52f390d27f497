"""Cases of Python values, languages and automata; the text of a case to begin with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lstmsolve.api.loading.cases import case_path, shipped_cases
from lstmsolve.formats.cases import MAX_CASE, case_from_table, case_name, parse_case
from lstmsolve.formats.files import parse_toml, read_text
from lstmsolve.formats.starting.objects import automaton_of, automaton_of_function
from lstmsolve.formats.starting.reading import read_automaton
from lstmsolve.formats.starting.tables import automaton_of_table, is_automaton
from lstmsolve.formats.starting.templates import language_case, machine_case, renamed, template
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem


def case(
    behaviour: Mapping[str, object] | Callable[[Any, Any], object] | object = None,
    *,
    inputs: Iterable[object] | None = None,
    start: Hashable = 0,
    regex: str | None = None,
    alphabet: str | None = None,
    name: str = "case",
    **sections: object,
) -> Problem:
    """A problem, as a case file would state it, for `solve`, `verify` and the other verbs.

    Of a table, or of keywords, with the sections of a case:

        case(input={"x": [0, 1]}, state={"n": 0}, next={"n": "(n + x) % 3"}, output="n", hidden=2)

    Of a regular expression: `case(regex="(10)*", alphabet="01")`.

    Of an automaton: a table of transitions with a start and outputs or accepting states, or an object of AALpy's,
    automata-lib's or pyformlang's.

    Of a function `step(state, x) -> (state, output)` over finitely many states; an output of None is owed to nobody:

        case(lambda state, x: ((state + x) % 3, state), inputs=[0, 1], start=0)

    `hidden` (or a whole `cell`), `weights`, `readout` and `assume` may be given with each.

    Raises:
        InputError: with every complaint.
    """
    extra = _sections(sections)
    if regex is not None:
        if behaviour is not None:
            raise InputError.single("regex", "give a behaviour or a regular expression, not both")
        language = parse_toml(language_case(name, regex, alphabet))
        return case_from_table({**language, **extra}, name)
    if behaviour is None:
        return case_from_table(extra, name)
    if isinstance(behaviour, Mapping) and not is_automaton(behaviour):
        return case_from_table({**{str(key): value for key, value in behaviour.items()}, **extra}, name)
    if isinstance(behaviour, Mapping):
        automaton = automaton_of_table(behaviour)
    else:
        found = automaton_of(behaviour)
        if found is None and callable(behaviour):
            if inputs is None:
                raise InputError.single("inputs", "a function needs the inputs that it is tried on: inputs=[0, 1]")
            found = automaton_of_function(behaviour, inputs, start)
        if found is None:
            message = "a case is made of a table, an automaton, a function, or keywords such as input=, next=, output="
            raise InputError.single("", message, type(behaviour).__name__)
        automaton = found
    return case_from_table({"machine": automaton.record(), **extra}, name)


def language_problem(regex: str, alphabet: str | None) -> Problem:
    """The problem of a regular language, without a file.

    Raises:
        InputError: the expression is wrong, or its alphabet is not clear.
    """
    return parse_case(language_case("language", regex, alphabet), "language")


def new_case(
    file: Path,
    like: str | None = None,
    regex: str | None = None,
    alphabet: str | None = None,
    source: Path | None = None,
) -> tuple[str, tuple[str, ...]]:
    """The text of a case called after its file, and notes: like another, of a language or automaton, or a template.

    Raises:
        InputError: more than one of them is asked for, or what it is made of is wrong.
    """
    if sum(given is not None for given in (like, regex, source)) > 1:
        raise InputError.single("", "give one of --like, --regex and --from")
    name = case_name(file.stem)
    if like is not None:
        path = case_path(like, shipped_cases())
        return renamed(read_text(path, MAX_CASE), name, path.stem), ()
    if regex is not None:
        text = language_case(name, regex, alphabet)
        parse_case(text)
        return text, ()
    if source is not None:
        automaton = read_automaton(source)
        return machine_case(name, f"The automaton of {source.name}", automaton), automaton.notes
    return template(name, file.name), ()


def _sections(given: Mapping[str, object]) -> dict[str, object]:
    """Keywords as a case's sections; `output="n"` and `hidden=2` for short."""
    found = dict(given)
    if "output" in found and not isinstance(found["output"], Mapping):
        found["output"] = {"h": found["output"]}
    if "hidden" in found:
        cell = found.get("cell", {})
        if not isinstance(cell, Mapping):
            raise InputError.single("cell", "a table is needed here", type(cell).__name__)
        found["cell"] = {**cell, "hidden": found.pop("hidden")}
    return found
