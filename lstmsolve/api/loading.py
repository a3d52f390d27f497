"""Cases, families and weights by path or by name, and out of Python values; the text of a case to begin with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeAlias

from lstmsolve.formats.cases import MAX_CASE, case_from_table, parse_case, read_case
from lstmsolve.formats.families import read_family
from lstmsolve.formats.files import parse_toml, read_text
from lstmsolve.formats.starting.objects import automaton_of, automaton_of_function
from lstmsolve.formats.starting.reading import read_automaton
from lstmsolve.formats.starting.tables import automaton_of_table, is_automaton
from lstmsolve.formats.starting.templates import case_name, language_case, machine_case, renamed, template
from lstmsolve.formats.weights.reading import parse_weights, read_weights, weights_from_value
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.lstm.cells import Activation, Weights
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.families import Family

_KINDS: Final = {
    "*.toml": "a behaviour to design a cell for; `solve`, `verify` and `report` take it",
    "gradients/*.toml": "a derivation case; `derive` and `report` take it",
}


def load_case(case: str | Path | Problem) -> Problem:
    """The problem of a case file, or of a shipped case by its name.

    Raises:
        InputError: there is no such case, or something is wrong with it.
    """
    if isinstance(case, Problem):
        return case
    return read_case(case_path(case, shipped_cases()))


def case_path(case: str | Path, shipped: Mapping[str, Path]) -> Path:
    """The path that is meant: a file, or a shipped case by its name.

    Raises:
        InputError: there is neither.
    """
    path = Path(case)
    if isinstance(case, Path) or path.suffix == ".toml" or is_there(path):
        return path
    if case in shipped:
        return shipped[case]
    for pattern, kind in _KINDS.items():
        if case in shipped_files(pattern):
            raise InputError.single("", f"{case!r} is {kind}")
    near = get_close_matches(case, shipped, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`lstmsolve cases` lists them"
    raise InputError.single("", f"no file and no shipped case is called {case!r}; {hint}")


def is_there(path: Path) -> bool:
    """Is there such a file? A text that cannot be a path is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def shipped_cases() -> dict[str, Path]:
    """The path of every case that comes with the package, by name."""
    return shipped_files("*.toml")


def shipped_files(pattern: str) -> dict[str, Path]:
    """The shipped case files that match, by name."""
    package = Path(__file__).resolve().parents[1]
    # A wheel carries the cases inside the package; a checkout has them beside it.
    folder = next(folder for folder in (package / "cases", package.parent / "cases") if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob(pattern))}


def load_family(family: str | Path | Family) -> Family:
    """The family of a file, or a shipped family by its name.

    Raises:
        InputError: there is no such family, or something is wrong with its file.
    """
    if isinstance(family, Family):
        return family
    path = Path(family)
    if isinstance(family, Path) or path.suffix == ".toml" or is_there(path):
        return read_family(path)
    shipped = shipped_families()
    if family in shipped:
        return read_family(shipped[family])
    near = get_close_matches(family, shipped, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"shipped are {', '.join(shipped)}"
    raise InputError.single("", f"no file and no shipped family is called {family!r}; {hint}")


def shipped_families() -> dict[str, Path]:
    """The path of every family that comes with the package, by name."""
    return shipped_files("families/*.toml")


def families_of(case: str) -> list[Family]:
    """The shipped families about a case: those whose name begins with its name."""
    return [read_family(path) for name, path in shipped_families().items() if name.startswith(f"{case}-")]


WeightsLike: TypeAlias = str | Path | Weights | Mapping[str, object]
"""A file, a text such as `"b_f=1, w_o=-1"`, weights, or a table of numbers, lists and arrays by name."""


def load_weights(weights: WeightsLike, problem: Problem | None = None) -> Weights:
    """The weights of a file, a text or a table, names left out being 0; `notes` say what was repaired.

    What they do not say of their cell, the problem says; else it is inferred. docs/weights.md has all that is read.

    Raises:
        InputError: with every complaint.
    """
    match weights:
        case Weights():
            return weights
        case Mapping():
            return weights_from_value(weights, problem)
        case str() if not is_there(Path(weights)) and any(sign in weights for sign in "=:{\n"):
            return parse_weights(weights, problem)
        case _ if Path(weights).suffix == ".safetensors":
            return _state_dict(Path(weights), problem)
        case _:
            return read_weights(Path(weights), problem)


def _state_dict(path: Path, problem: Problem | None) -> Weights:
    """The one LSTM of a safetensors file, with the layer after it; `import` has more to choose from."""
    from lstmsolve.api.passes.files.tensors import read_lstm  # numpy takes its time

    try:
        return read_lstm(path, problem).weights
    except InputError as error:
        raise error.within(error.source or str(path)) from None


def is_smooth(problem: Problem) -> bool:
    """Are its gates sigmoids, its candidate and output tanh? Others with such activations are not judged."""
    cell = problem.cell()
    return (cell.gate, cell.candidate, cell.output) == (Activation.SIGMOID, Activation.TANH, Activation.TANH)


def require_exact(problem: Problem) -> None:
    """Refuse a cell whose activations have no exact values."""
    if not problem.cell().exact:
        message = (
            "needs crelu gates, a crelu or identity candidate, and an identity or crelu output, which are exact; "
            "sigmoid gates with tanh for both others are judged by `verify` and built by `solve`, nothing else is"
        )
        raise InputError.single("cell", message, source=problem.name)


def require_conditions_on_the_cell(problem: Problem) -> None:
    """Refuse conditions of [property] on z = V h + d: a map of c and h does not decide them."""
    read = [place for part, place in problem.places if part == "z"]
    if problem.spec.has_layer and read:
        message = f"regions and families follow conditions on c and h only, not on z[{read[0]}] of a layer"
        raise InputError.single("property.always", message, source=problem.name)


# --- cases of Python values, and to begin with ---------------------------------------------------


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
