"""Results of earlier reports that still hold, so that a report need not search again."""

from __future__ import annotations

from pathlib import Path

from lstmsolve.api.checking import check
from lstmsolve.api.passes.searching.designing import SOLVED
from lstmsolve.formats.documents import read_certificate
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.proofs.certificates import Certificate, Impossibility
from lstmsolve.kernel.proofs.enclosures import EnclosureCertificate
from lstmsolve.kernel.proofs.horizons import HorizonCertificate
from lstmsolve.kernel.spec.problems import Problem
from lstmsolve.model.outcomes import Accepted, Impossible, Solved, Unknown
from lstmsolve.model.watch import Watch


def kept(problem: Problem, path: Path, watch: Watch) -> Solved | Impossible | Unknown | None:
    """The outcome whose certificate is here, if it is about this problem and is accepted; else None.

    A horizon is an `Unknown` that says how far the weights are right.
    """
    if not path.exists():
        return None
    try:
        proof = read_certificate(path)
        any_size = isinstance(proof, Impossibility) and proof.any_size
        sized = problem if any_size else problem.with_hidden(proof.problem.cell().hidden)
    except InputError:
        return None
    if proof.problem != sized or problem.choice.hidden not in (None, sized.choice.hidden):
        return None
    if not isinstance(check(proof, watch=watch), Accepted):
        return None
    match proof:
        case Certificate(weights=weights) | EnclosureCertificate(weights=weights):
            return Solved(weights, proof, SOLVED)
        case HorizonCertificate(weights=weights, length=length):
            return Unknown(
                f"the weights are right on every run of up to {length} steps", length, weights, horizon=proof
            )
        case Impossibility(strings=strings):
            reason = f"no weights with hidden size {sized.choice.hidden} do right on these {len(strings)} strings"
            return Impossible(proof, reason)
