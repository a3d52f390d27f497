"""Proofs by signs as plain records: reading that fails closed."""

from __future__ import annotations

from typing import Final

from lstmsolve.kernel.lstm.cells import Gate
from lstmsolve.kernel.proofs.signs import Contradicted, Decided, Known, Lemma, Missed, SignNode, SignProof, Stated
from lstmsolve.kernel.records import reading as records

_GATES: Final = {gate.value: gate for gate in Gate}
_SIDES: Final = {"above": True, "not_above": False}


def signs_from_record(unit: object, tree: object, lemmas: object) -> SignProof:
    """The proof that a record states; whether it is right is for the checker to say.

    Raises:
        InputError: an unknown key, a missing one, or a wrong type.
    """
    told = tuple(_lemma(one, f"lemmas[{n}]") for n, one in enumerate(records.items(lemmas, "lemmas")))
    return SignProof(records.whole(unit, "unit"), _node(tree, "tree"), told)


def _lemma(value: object, at: str) -> Lemma:
    found = records.fields(value, at, ["conditions", "tree"])
    conditions = records.items(found["conditions"], f"{at}.conditions")
    stated = (_stated(one, f"{at}.conditions[{n}]") for n, one in enumerate(conditions))
    return Lemma(tuple(stated), _node(found["tree"], f"{at}.tree"))


def _stated(value: object, at: str) -> Stated:
    found = records.fields(value, at, ["gate", "sign", "string", "step", "is"])
    return (
        records.choice(found["gate"], f"{at}.gate", _GATES),
        records.whole(found["sign"], f"{at}.sign", -1, 1),
        records.whole(found["string"], f"{at}.string"),
        records.whole(found["step"], f"{at}.step"),
        records.choice(found["is"], f"{at}.is", _SIDES),
    )


def _node(value: object, at: str) -> SignNode:
    found = records.table(value, at)
    if "gate" in found:
        found = records.fields(value, at, ["gate", "sign", "string", "step", "above", "not_above"])
        return Decided(
            records.choice(found["gate"], f"{at}.gate", _GATES),
            records.whole(found["sign"], f"{at}.sign", -1, 1),
            records.whole(found["string"], f"{at}.string"),
            records.whole(found["step"], f"{at}.step"),
            _node(found["above"], f"{at}.above"),
            _node(found["not_above"], f"{at}.not_above"),
        )
    if "empty" in found:
        given = records.table(records.fields(value, at, ["empty"])["empty"], f"{at}.empty")
        return Contradicted(
            {
                records.position(key, f"{at}.empty"): records.number(factor, f"{at}.empty.{key}")
                for key, factor in given.items()
            }
        )
    if "lemma" in found:
        return Known(records.whole(records.fields(value, at, ["lemma"])["lemma"], f"{at}.lemma"))
    found = records.fields(value, at, ["missed", "step"])
    return Missed(records.whole(found["missed"], f"{at}.missed"), records.whole(found["step"], f"{at}.step"))
