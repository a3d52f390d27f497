"""Design, prove and refute LSTM weights.

    import lstmsolve
    outcome = lstmsolve.solve("nonzero-counter")        # weights and a checked certificate
    lstmsolve.verify("nonzero-counter", outcome.weights)
    lstmsolve.check(outcome.certificate)

Verbs answer with outcomes, whose `verdict` is a word and whose fields hold the evidence; in a notebook they show
themselves. The names below are the public face; `docs/architecture.md` shows the house behind it.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know better; what is imported here, Ctrl-C can interrupt before anybody listens
if TYPE_CHECKING:
    from lstmsolve.api.checking import check, load_certificate
    from lstmsolve.api.deriving import derive, load_derivation, shipped_derivations
    from lstmsolve.api.exporting import arrays
    from lstmsolve.api.families import family
    from lstmsolve.api.loading.beginning import case
    from lstmsolve.api.loading.cases import load_case, shipped_cases
    from lstmsolve.api.loading.families import load_family
    from lstmsolve.api.loading.weights import load_weights
    from lstmsolve.api.marking import mark
    from lstmsolve.api.regions import region
    from lstmsolve.api.simulating import simulate
    from lstmsolve.api.solving import solve
    from lstmsolve.api.verifying import verify
    from lstmsolve.kernel.base.errors import InputError
    from lstmsolve.kernel.lstm.cells import Weights
    from lstmsolve.kernel.proofs.certificates import Certificate
    from lstmsolve.kernel.spec.problems import Problem
    from lstmsolve.model.outcomes import Accepted, Impossible, Proved, Refuted, Rejected, Solved, Unknown
    from lstmsolve.model.traces import Counterexample
    from lstmsolve.service.client.connecting import connect

__all__ = [
    "Accepted",
    "Certificate",
    "Counterexample",
    "Impossible",
    "InputError",
    "Problem",
    "Proved",
    "Refuted",
    "Rejected",
    "Solved",
    "Unknown",
    "Weights",
    "__version__",
    "arrays",
    "case",
    "check",
    "connect",
    "derive",
    "family",
    "load_case",
    "load_certificate",
    "load_derivation",
    "load_family",
    "load_weights",
    "mark",
    "region",
    "shipped_cases",
    "shipped_derivations",
    "simulate",
    "solve",
    "verify",
]

__version__: str

_HOMES = {
    "api.checking": ("check", "load_certificate"),
    "api.deriving": ("derive", "load_derivation", "shipped_derivations"),
    "api.exporting": ("arrays",),
    "api.families": ("family",),
    "api.loading.beginning": ("case",),
    "api.loading.cases": ("load_case", "shipped_cases"),
    "api.loading.families": ("load_family",),
    "api.loading.weights": ("load_weights",),
    "api.marking": ("mark",),
    "api.regions": ("region",),
    "api.simulating": ("simulate",),
    "api.solving": ("solve",),
    "api.verifying": ("verify",),
    "kernel.base.errors": ("InputError",),
    "kernel.lstm.cells": ("Weights",),
    "kernel.proofs.certificates": ("Certificate",),
    "kernel.spec.problems": ("Problem",),
    "model.outcomes": ("Accepted", "Impossible", "Proved", "Refuted", "Rejected", "Solved", "Unknown"),
    "model.traces": ("Counterexample",),
    "service.client.connecting": ("connect",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    # Lazily, so that `lstmsolve --help` waits for none of it.
    if name in _HOME_OF:
        return getattr(import_module(f"lstmsolve.{_HOME_OF[name]}"), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("lstmsolve")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__file__", "__name__", "__path__"]
