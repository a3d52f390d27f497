"""`new` and `cases`: where somebody starts."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from lstmsolve.api.deriving import load_derivation, shipped_derivations
from lstmsolve.api.loading.beginning import new_case
from lstmsolve.api.loading.cases import case_path, load_case, shipped_cases
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.screen.presenting import lines, mention
from lstmsolve.cli.screen.render import table_text
from lstmsolve.formats.cases import MAX_CASE
from lstmsolve.formats.files import dump_json, read_text, write_text
from lstmsolve.formats.results import empty_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.derivations import DerivationCase


def run_new(
    file: Path, like: str | None, regex: str | None, alphabet: str | None, source: Path | None, json: bool
) -> Ended:
    started = time.monotonic()
    if file.exists():
        raise InputError.single("FILE", "is there already; choose another name, or remove it first", str(file))
    if file.suffix != ".toml":
        raise InputError.single("FILE", f"a case's file ends in .toml: {file.with_suffix('.toml')}", str(file))
    text, notes = new_case(file, like, regex, alphabet, source)
    write_text(file, text)
    mention(notes)
    if json:
        record = empty_record("new", "a case was written", time.monotonic() - started)
        return Ended(Exit.GOOD, dump_json({**record, "case": file.stem, "written": [str(file)], "notes": list(notes)}))
    return Ended(Exit.GOOD, lines(f"wrote {file}", f"now: lstmsolve solve {shlex.quote(str(file))}"))


def run_cases(word: str | None, show: bool, verbose: bool, json: bool) -> Ended:
    started = time.monotonic()
    if show:
        return _shown(word, started, json)
    problems = [load_case(path) for path in shipped_cases().values()]
    derivations = [load_derivation(path) for path in shipped_derivations().values()]
    if word is not None:
        problems = [case for case in problems if _is_about(word, case)]
        derivations = [case for case in derivations if _is_about(word, case)]
        if not problems and not derivations:
            raise InputError.single("WORD", "no shipped case is about this; `lstmsolve cases` lists all", word)
    if json:
        listed = [{"name": p.name, "title": p.title, "source": p.source, "kind": "behaviour"} for p in problems]
        listed += [{"name": d.name, "title": d.title, "source": d.source, "kind": "derivation"} for d in derivations]
        record = empty_record("cases", f"{len(listed)} cases", time.monotonic() - started)
        return Ended(Exit.GOOD, dump_json({**record, "cases": listed}))
    return Ended(Exit.GOOD, _listed(problems, derivations, verbose))


def _listed(problems: list[Problem], derivations: list[DerivationCase], verbose: bool) -> str:
    """Tables, or a line a case."""
    text = ""
    if verbose:
        if problems:
            rows = [[p.name, str(p.choice.hidden or "minimal"), p.title, p.source] for p in problems]
            text += table_text(["case", "hidden", "what it does", "source"], rows)
        if derivations:
            text += table_text(
                ["derivation", "what it is", "source"], [[d.name, d.title, d.source] for d in derivations]
            )
        return text
    kinds = {
        "behaviours, for solve and verify": [(case.name, case.title) for case in problems],
        "derivations, for derive": [(case.name, case.title) for case in derivations],
    }
    width = max(len(name) for found in kinds.values() for name, _ in found)
    parts: list[str] = []
    for title, found in kinds.items():
        if found:
            parts += [f"{title}:", *(_line(name, told, width) for name, told in found), ""]
    parts.append("cases NAME --show prints one, cases WORD lists those about a word, -v says more")
    return lines(*parts)


def _line(name: str, title: str, width: int, most: int = 79) -> str:
    left = most - width - 4
    return f"  {name:{width}}  {title if len(title) <= left else f'{title[: left - 1]}…'}"


def _is_about(word: str, case: Problem | DerivationCase) -> bool:
    kind = "derivation" if isinstance(case, DerivationCase) else "behaviour"
    return all(part in f"{case.name} {case.title} {case.source} {kind}".lower() for part in word.lower().split())


def _shown(name: str | None, started: float, json: bool) -> Ended:
    """The file of one case."""
    if name is None:
        raise InputError.single("WORD", "name the case: lstmsolve cases parity --show")
    derivations = shipped_derivations()
    path = derivations[name] if name in derivations else case_path(name, shipped_cases())
    text = read_text(path, MAX_CASE)
    if json:
        record = empty_record("cases", "the file of one case", time.monotonic() - started)
        return Ended(Exit.GOOD, dump_json({**record, "case": path.stem, "text": text}))
    return Ended(Exit.GOOD, lines(text.rstrip("\n")))
