"""Automata drawn for Graphviz, as AALpy, LearnLib, automata-lib and people write them.

Read are nodes and edges with their labels; everything about looks is passed over. Transitions are labelled `a` or
`a / x` (Mealy). A node with `shape=doublecircle` accepts; `q0|x` (or `q0/x`) in a node's label is its output (Moore).
The start is where an edge from a node without a shape leads, else the first node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from lstmsolve.formats.starting.automata import Automaton, Moves
from lstmsolve.kernel.base.errors import InputError

_TOKEN: Final = re.compile(
    r'"(?:\\.|[^"\\])*"|<(?:[^<>]|<[^<>]*>)*>|->|--|[\[\]{};,=:]|[^\s\[\]{};,=:"<>-](?:(?!->|--)[^\s\[\]{};,=:"<>])*|-?\.?\d[\d.]*'
)
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
_HIDDEN: Final = frozenset({"none", "plaintext", "point", "invis"})
_WORDS: Final = frozenset({"graph", "node", "edge", "strict", "subgraph"})


@dataclass
class _Drawing:
    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


def parse_dot(text: str) -> Automaton:
    """The automaton of a drawing.

    Raises:
        InputError: it is no directed graph, has no labels on its edges, or is nondeterministic.
    """
    drawing = _drawn(_tokens(text))
    start, hidden = _start(drawing)
    moves = Moves()
    moves.next[start] = {}
    for source, target, attributes in drawing.edges:
        if source in hidden or target in hidden:
            continue
        label = _plain(attributes.get("label", ""))
        if not label:
            raise InputError.single(
                "", f'the edge {source} -> {target} has no label; write [label="a"] or [label="a / x"]'
            )
        for part in re.split(r"\s*(?:\n|\\n)\s*|\s*,\s*(?![^/]*$)" if "/" in label else r"\s*(?:\n|\\n|,)\s*", label):
            symbol, stroke, said = part.partition("/")
            if symbol.strip():
                moves.add(source, symbol.strip(), target, said.strip() if stroke else None)
    if not moves.symbols:
        raise InputError.single("", "has no edges with labels, so there is no automaton in it")
    outputs = {state: _said(drawing.nodes.get(state, {})) for state in moves.next}
    if any(moves.said.values()):
        return moves.mealy(start)
    if all(said is not None for said in outputs.values()):
        return moves.moore(start, {state: said for state, said in outputs.items() if said is not None})
    return moves.accepting(start, [state for state in moves.next if _accepts(drawing.nodes.get(state, {}))])


def _tokens(text: str) -> list[str]:
    bare = _COMMENT.sub(" ", text)
    tokens = _TOKEN.findall(bare)
    if "{" not in tokens or not any(token.lower() == "digraph" for token in tokens[:3]):
        raise InputError.single("", "is no digraph: a drawing begins with `digraph {`")
    return tokens[tokens.index("{") + 1 :]


def _drawn(tokens: list[str]) -> _Drawing:
    """Nodes and edges, statement by statement."""
    drawing = _Drawing()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token in ("}", ";", "{", ","):
            at += 1
            continue
        if token.lower() in _WORDS:
            at += 1
            if at < len(tokens) and tokens[at] == "[":
                _, at = _attributes(tokens, at)
            continue
        path, at = [_plain(token)], at + 1
        while at + 1 < len(tokens) and tokens[at] in ("->", ":"):
            if tokens[at] == "->":
                path.append(_plain(tokens[at + 1]))
            at += 2
        if at + 1 < len(tokens) and tokens[at] == "=":  # rankdir=LR
            at += 2
            continue
        attributes, at = _attributes(tokens, at)
        if len(path) == 1:
            drawing.nodes.setdefault(path[0], {}).update(attributes)
        for source, target in pairwise(path):
            drawing.nodes.setdefault(source, {})
            drawing.nodes.setdefault(target, {})
            drawing.edges.append((source, target, attributes))
    return drawing


def _attributes(tokens: list[str], at: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    if at >= len(tokens) or tokens[at] != "[":
        return found, at
    at += 1
    while at < len(tokens) and tokens[at] != "]":
        if at + 2 < len(tokens) and tokens[at + 1] == "=":
            found[_plain(tokens[at]).lower()] = tokens[at + 2]
            at += 3
        else:
            at += 1
    return found, at + 1


def _start(drawing: _Drawing) -> tuple[str, frozenset[str]]:
    """Where the automaton starts, and the nodes that only point there."""
    targets = {target for _, target, _ in drawing.edges}
    hidden = {
        name for name, attributes in drawing.nodes.items() if name not in targets and _is_pointer(name, attributes)
    }
    for source, target, _ in drawing.edges:
        if source in hidden:
            return target, frozenset(hidden)
    named = next((name for name, attributes in drawing.nodes.items() if "initial" in attributes), None)
    first = named or next((name for name in drawing.nodes if name not in hidden), None)
    if first is None:
        raise InputError.single("", "has no nodes")
    return first, frozenset(hidden)


def _is_pointer(name: str, attributes: dict[str, str]) -> bool:
    """Is this node only there to point at the start?"""
    shape, style = (_plain(attributes.get(key, "")) for key in ("shape", "style"))
    return shape in _HIDDEN or style == "invis" or name.startswith("__start")


def _accepts(attributes: dict[str, str]) -> bool:
    return _plain(attributes.get("shape", "")) == "doublecircle" or _plain(attributes.get("peripheries", "")) == "2"


def _said(attributes: dict[str, str]) -> str | None:
    """The output in a node's label, `q0|x`, `{q0|x}` or `q0/x`."""
    label = _plain(attributes.get("label", "")).strip("{} ")
    # Behind a bar a stroke is that of a fraction.
    found = re.fullmatch(r"[^|/]+(?:\|\s*([^|]+)|/\s*([^|/]+))", label)
    return None if found is None else (found[1] or found[2]).strip()


def _plain(token: str) -> str:
    """A token without quotes or tags."""
    if token.startswith('"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1].replace("\\n", "\n").replace("\\l", "\n")).strip()
    inner = token[1:-1] if token.startswith("<") else token
    return re.sub(r"<[^<>]*>", "", inner).strip()
