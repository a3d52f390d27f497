"""Proofs by signs as the record that `kernel.records.signs` reads back."""

from __future__ import annotations

from typing import Final, assert_never

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.signs import Contradicted, Decided, Known, Missed, SignNode, SignProof

_SIDES: Final = {True: "above", False: "not_above"}


def signs_record(proof: SignProof) -> dict[str, object]:
    record: dict[str, object] = {"unit": proof.unit, "tree": _node_record(proof.tree)}
    if proof.lemmas:
        record["lemmas"] = [
            {
                "conditions": [
                    {"gate": gate.value, "sign": sign, "string": string, "step": step, "is": _SIDES[above]}
                    for gate, sign, string, step, above in lemma.conditions
                ],
                "tree": _node_record(lemma.tree),
            }
            for lemma in proof.lemmas
        ]
    return record


def _node_record(node: SignNode) -> dict[str, object]:
    match node:
        case Decided(gate, sign, string, step, above, not_above):
            return {
                "gate": gate.value,
                "sign": sign,
                "string": string,
                "step": step,
                "above": _node_record(above),
                "not_above": _node_record(not_above),
            }
        case Contradicted(multipliers):
            return {"empty": {str(position): format_number(factor) for position, factor in multipliers.items()}}
        case Missed(string, step):
            return {"missed": string, "step": step}
        case Known(lemma):
            return {"lemma": lemma}
        case _:
            assert_never(node)
