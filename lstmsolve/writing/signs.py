"""Proofs by signs as the record that `kernel.records.signs` reads back."""

from __future__ import annotations

from typing import assert_never

from lstmsolve.kernel.base.numbers import format_number
from lstmsolve.kernel.proofs.signs import Contradicted, Decided, Missed, SignNode, SignProof


def signs_record(proof: SignProof) -> dict[str, object]:
    return {"unit": proof.unit, "tree": _node_record(proof.tree)}


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
        case _:
            assert_never(node)
