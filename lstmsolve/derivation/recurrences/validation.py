"""A derivation case's texts to a checked `System`, or every complaint about them at once.

Checked for all sizes: that names are defined and have the right indices, that no index leaves its
range, that times before 0 have a value, that nothing depends on itself at one time step or on later
ones, and that everything can be differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping

from lstmsolve.derivation.language.formulas import Derivative, Ref
from lstmsolve.derivation.language.sizes import abbreviation_sizes, size_of
from lstmsolve.derivation.matrices.unfolding import in_indices
from lstmsolve.derivation.recurrences.declarations import Declarations
from lstmsolve.derivation.recurrences.judging import Judge, misused_derivative
from lstmsolve.derivation.recurrences.ordering import refuse_circles
from lstmsolve.derivation.recurrences.promises import totals_of
from lstmsolve.derivation.recurrences.systems import Definition, Leaf, Loss, NamedDerivative, System
from lstmsolve.kernel.base.affine import Affine
from lstmsolve.kernel.base.errors import Complaints
from lstmsolve.kernel.spec.domains import RealInterval
from lstmsolve.model.derivations import DerivationCase


def system_of(case: DerivationCase) -> System:
    """The system that a case states.

    Raises:
        InputError: with every complaint about the case.
    """
    case = in_indices(case)
    complaints = Complaints()
    declared = Declarations(case, complaints)
    complaints.refuse()
    loss = _loss(case, declared, complaints)
    declared.refuse_differentials()
    complaints.refuse()
    epsilons = {
        name: Leaf(name, indices, RealInterval(None, None)) for name, indices in declared.heads["given"].items()
    }
    system = System(
        name=case.name,
        sizes=declared.sizes,
        time=declared.time,
        spans=declared.spans,
        inputs={**declared.inputs, **epsilons},
        parameters=declared.parameters,
        abbreviations=_definitions("let", declared),
        signals=_definitions("signals", declared),
        before=case.before,
        loss=loss,
        names=_names(declared, complaints),
        totals=totals_of(case, declared, complaints),
    )
    complaints.refuse()
    _check_past(system, complaints)
    complaints.refuse()
    _check_sizes(system, declared, complaints)
    complaints.refuse()
    judge = Judge(system, case.kinks, complaints)
    for table, definitions in (("let", system.abbreviations), ("signals", system.signals)):
        for definition in definitions.values():
            judge.definition(declared.key(table, definition.name), declared.text(table, definition.name), definition)
    if loss.formula is not None:
        judge.loss(declared.key("loss", loss.name), declared.text("loss", loss.name), loss.formula)
    for named in system.names.values():
        problem = misused_derivative(named.derivative, system)
        if problem is not None:
            complaints.add(declared.key("names", named.name), problem, declared.text("names", named.name))
    complaints.refuse()
    refuse_circles(system, declared.key, declared.text, complaints)
    complaints.refuse()
    return system


def _loss(case: DerivationCase, declared: Declarations, complaints: Complaints) -> Loss:
    """The loss: one formula under [loss], or partial derivatives of one loss under [given]."""
    given = _given(declared, complaints)
    names = {*declared.heads["loss"], *given}
    if len(names) != 1 or len(case.loss) > 1 or (case.loss and case.given):
        message = "is missing: give its formula, or its partial derivatives under [given]"
        if case.loss or case.given:
            message = "there is one loss: give its formula, or partial derivatives of one loss under [given]"
        complaints.add("loss", message)
    complaints.refuse()
    (name,) = names
    if case.loss:
        if declared.heads["loss"][name]:
            complaints.add(declared.key("loss", name), "a loss has no indices")
        return Loss(name, declared.read("loss", name), {})
    declared.declare("given", name, name)
    return Loss(name, None, given[name])


def _given(declared: Declarations, complaints: Complaints) -> dict[str, dict[str, str]]:
    """For each loss that is spoken of: which input is its partial derivative by which signal."""
    found: dict[str, dict[str, str]] = {}
    signals = declared.heads["signals"]
    for name, indices in declared.heads["given"].items():
        formula = declared.read("given", name)
        match formula:
            case None:
                pass
            case Derivative(False, Ref(loss, ()), Ref(signal, at)) if (
                signal in signals and at == tuple(map(Affine.variable, indices)) and len(at) == len(signals[signal])
            ):
                found.setdefault(loss, {})[signal] = name
            case _:
                message = "what is given is the partial derivative of a loss by a signal, such as ∂L/∂h[n]"
                complaints.add(declared.key("given", name), message, declared.text("given", name))
    return found


def _definitions(table: str, declared: Declarations) -> Mapping[str, Definition]:
    read = {name: (indices, declared.read(table, name)) for name, indices in declared.heads[table].items()}
    return {name: Definition(name, indices, f) for name, (indices, f) in read.items() if f is not None}


def _names(declared: Declarations, complaints: Complaints) -> Mapping[str, NamedDerivative]:
    found = {}
    for name, indices in declared.heads["names"].items():
        formula = declared.read("names", name)
        variables = {v for ref in _refs(formula) for form in ref.indices for v in form.variables if v in declared.spans}
        if isinstance(formula, Derivative) and variables == set(indices):
            found[name] = NamedDerivative(name, indices, formula)
        elif formula is not None:
            message = "a name here stands for one derivative with the same indices, as δ_h[n] for dL/dh[n]"
            complaints.add(declared.key("names", name), message, declared.text("names", name))
    return found


def _refs(formula: object) -> tuple[Ref, ...]:
    return (formula.of, formula.by) if isinstance(formula, Derivative) else ()


def _check_sizes(system: System, declared: Declarations, complaints: Complaints) -> None:
    """With abbreviations put in, formulas must not be too large either."""
    sizes = abbreviation_sizes({name: found.formula for name, found in system.abbreviations.items()})
    tables = [("let", name, system.abbreviations[name].formula) for name in system.abbreviations]
    tables += [("signals", name, system.signals[name].formula) for name in system.signals]
    tables += [("loss", system.loss.name, system.loss.formula)] if system.loss.formula is not None else []
    for table, name, formula in tables:
        excess = size_of(formula, sizes).excess
        if excess is not None:
            complaints.add(declared.key(table, name), f"with its abbreviations put in: {excess}")


def _check_past(system: System, complaints: Complaints) -> None:
    for name in system.before:
        known = name in system.signals or name in system.inputs
        if not known or not system.timed(name):
            complaints.add(f"before.{name}", "only signals and inputs with a time index have a past")
