"""Design, prove and refute LSTM weights.

    import lstmsolve
    outcome = lstmsolve.solve("nonzero-counter")        # weights and a checked certificate
    lstmsolve.verify("nonzero-counter", outcome.weights)
    lstmsolve.check(outcome.certificate)

The names below are the public face; `docs/architecture.md` shows the house behind it.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # type checkers know better; what is imported here, Ctrl-C can interrupt before anybody listens
if TYPE_CHECKING:
    from lstmsolve.api.checking import check, load_certificate
    from lstmsolve.api.deriving import derive, load_derivation, shipped_derivations
    from lstmsolve.api.families import family
    from lstmsolve.api.loading import load_case, load_family, load_weights, shipped_cases
    from lstmsolve.api.marking import mark
    from lstmsolve.api.regions import region
    from lstmsolve.api.simulating import simulate
    from lstmsolve.api.solving import solve
    from lstmsolve.api.verifying import verify

__all__ = [
    "check",
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

_HOMES = {
    "check": "checking",
    "derive": "deriving",
    "family": "families",
    "load_case": "loading",
    "load_certificate": "checking",
    "load_derivation": "deriving",
    "load_family": "loading",
    "load_weights": "loading",
    "mark": "marking",
    "region": "regions",
    "shipped_cases": "loading",
    "shipped_derivations": "deriving",
    "simulate": "simulating",
    "solve": "solving",
    "verify": "verifying",
}


def __getattr__(name: str) -> object:
    # Lazily, so that `lstmsolve --help` waits for none of it.
    if name in _HOMES:
        return getattr(import_module(f"lstmsolve.api.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
