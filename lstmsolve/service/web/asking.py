"""Requests to questions: texts become files with harmless names, names of shipped cases become their texts.

No text of a client ever becomes a path or a word of a command line that could be taken for an option.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lstmsolve.api.deriving import shipped_derivations
from lstmsolve.api.loading.cases import shipped_cases
from lstmsolve.api.loading.families import shipped_families
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.jobs.questions import DEFAULT_SECONDS, Question, Verb, answer_files, case_file_name
from lstmsolve.service.settings import Limits
from lstmsolve.service.web import bodies

_SUFFIXES: Final = (".json", ".txt", ".csv", ".toml", ".yaml", ".yml", ".tex", ".md", ".npz", ".npy", ".safetensors")
"""Of files of weights: they say how a file is read."""

_LONGEST_NAME: Final = 100


def solve(body: bodies.Solve) -> tuple[Question, str]:
    """A question, and in a word what it is about."""
    options = _options(hidden=body.hidden, seed=body.seed, objective=body.objective, engine=body.engine)
    options += _options(arithmetic=body.arithmetic)
    if body.case is None:
        if body.regex is None:
            raise InputError.single("case", "give a case, or regex")
        language = _options(regex=body.regex, alphabet=body.alphabet)
        return Question("solve", (*language, *options), {}, keeps=True), "language"
    if body.regex is not None or body.alphabet is not None:
        raise InputError.single("regex", "give a case or a regex, not both")
    name, data = behaviour(body.case)
    files = {name: data}
    if body.start is not None:
        given, weights = weights_file(body.start)
        files[given] = weights
        options += [f"--from={given}"]
    return Question("solve", (name, *options), files, keeps=True), _about(name)


def verify(body: bodies.Verify) -> tuple[Question, str]:
    name, data = behaviour(body.case)
    given, weights = weights_file(body.weights)
    options = _options(max_length=body.max_length, arithmetic=body.arithmetic, robust=body.robust)
    options += ["--nearest"] if body.nearest else []
    return Question("verify", (name, given, *options), {name: data, given: weights}, keeps=True), _about(name)


def region(body: bodies.Region) -> tuple[Question, str]:
    name, data = behaviour(body.case)
    options = _options(hidden=body.hidden, seed=body.seed) + ([] if body.others else ["--no-others"])
    return Question("region", (name, *options), {name: data}, keeps=True), _about(name)


def family(body: bodies.FamilyBody) -> tuple[Question, str]:
    name, data = behaviour(body.case)
    stated = _text(body.family, shipped_families(), "family")
    options = _options(hidden=body.hidden, seed=body.seed)
    files = {name: data, "family/given.toml": stated[1]}
    return Question("family", (name, "family/given.toml", *options), files, keeps=True), _about(name)


def mark(body: bodies.Mark) -> tuple[Question, str]:
    name, data = behaviour(body.case)
    answers = answer_files([(answer.name, _data(answer)) for answer in body.answers])
    options = _options(points=body.points)
    question = Question("mark", (name, *answers, *options), {name: data, **answers}, keeps=True)
    return question, _about(name)


def check(body: bodies.Check) -> tuple[Question, str]:
    given = body.certificate
    data = encoded(given if isinstance(given, str) else json.dumps(given), "certificate")
    files, options = {"certificate/given.json": data}, []
    if body.case is not None:
        name, text = behaviour(body.case)
        files[name], options = text, _options(case=name)
    return Question("check", ("certificate/given.json", *options), files), "certificate"


def derive(body: bodies.Derive) -> tuple[Question, str]:
    name, data = _text(body.case, shipped_derivations(), "derivation case")
    return Question("derive", (name, *_options(seed=body.seed)), {name: data}, keeps=True), _about(name)


def simulate(body: bodies.Simulate) -> tuple[Question, str]:
    given, weights = weights_file(body.weights)
    files, options = {given: weights}, _options(inputs=body.inputs, arithmetic=body.arithmetic)
    if body.case is not None:
        name, data = behaviour(body.case)
        files[name] = data
        options += _options(case=name)
    return Question("simulate", (given, *options), files), ""


def seconds(verb: Verb, asked: float | None, limits: Limits) -> float:
    """The time of a job.

    Raises:
        InputError: more than there is for anybody.
    """
    if asked is not None and asked > limits.seconds:
        raise InputError.single("timeout", f"is at most {limits.seconds:g} s here", f"{asked:g}")
    return min(DEFAULT_SECONDS[verb], limits.seconds) if asked is None else asked


def behaviour(case: str) -> tuple[str, bytes]:
    """The name and bytes of a case's file.

    Raises:
        InputError: it is a name, and no shipped case has it.
    """
    return _text(case, shipped_cases(), "case")


def any_case(case: str) -> tuple[str, bytes]:
    """The same, where a derivation will do as well."""
    return _text(case, {**shipped_cases(), **shipped_derivations()}, "case")


def weights_file(weights: str | Mapping[str, Any] | bodies.File) -> tuple[str, bytes]:
    """The name and bytes of a file of weights.

    Raises:
        InputError: its name says no format that is read.
    """
    match weights:
        case str():
            return "weights/given.txt", encoded(weights, "weights")
        case bodies.File(name=name):
            suffix = Path(name).suffix.lower() or ".txt"
            if suffix not in _SUFFIXES:
                raise InputError.single("weights.name", f"its ending is one of {', '.join(_SUFFIXES)}", name)
            return f"weights/given{suffix}", _data(weights)
        case _:
            return "weights/given.json", json.dumps(weights).encode()


def _text(text: str, shipped: Mapping[str, Path], what: str) -> tuple[str, bytes]:
    """A text as a file, or the shipped file of that name."""
    if "\n" in text or "=" in text or "[" in text:
        return f"case/{case_file_name(text)}", encoded(text, what)
    name = text.strip()
    if name not in shipped:
        raise InputError.single(what, "is no name of a shipped one, and no text of one", name[:_LONGEST_NAME])
    return f"case/{name}.toml", shipped[name].read_bytes()


def _data(file: bodies.File) -> bytes:
    if (file.text is None) == (file.base64 is None):
        raise InputError.single("text", "give text or base64, one of them", file.name[:_LONGEST_NAME])
    if file.text is not None:
        return encoded(file.text, file.name[:_LONGEST_NAME])
    assert file.base64 is not None
    try:
        return base64.b64decode(file.base64, validate=True)
    except binascii.Error:
        raise InputError.single("base64", "is no base64", file.name[:_LONGEST_NAME]) from None


def encoded(text: str, key: str) -> bytes:
    """A text's bytes.

    Raises:
        InputError: it has halves of characters in it, which JSON can spell.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InputError.single(key, "is no text: it has half a character in it") from None


def _options(**given: object) -> list[str]:
    """Options of a command, each in one word; None and those left at what they are anyway are left out."""
    usual = {"seed": 0, "objective": "simplest", "engine": "auto", "arithmetic": "exact"}
    return [
        f"--{name.replace('_', '-')}={value}"
        for name, value in given.items()
        if value is not None and usual.get(name) != value
    ]


def _about(name: str) -> str:
    return name.removeprefix("case/").removesuffix(".toml")
