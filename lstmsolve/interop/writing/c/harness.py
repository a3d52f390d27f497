"""An inductive harness in C: for a bounded model checker, a proof of the code itself for all lengths.

The relation is that of the certificate: a mode, values of its variables, and c and h as their functions. `main` checks
that a reset state is related to the start, and that a step from any related state, with any input, leads to a related
state and puts out what the spec says. Loop-free, so that a bound of 1 on loops is complete.

What the spec says at a leaf is evaluated here from the spec, not taken from the certificate.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from lstmsolve.interop.writing.c.conditions import AFTER, Facts, assertions
from lstmsolve.interop.writing.c.numbers import Types
from lstmsolve.interop.writing.design import Design
from lstmsolve.kernel.base.affine import Affine, Row, common_denominator, negated, normalised
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.kernel.language.evaluation import Value
from lstmsolve.kernel.language.expressions import NumericKind
from lstmsolve.kernel.proofs.certificates import (
    Broken,
    Case,
    Certificate,
    Empty,
    Lands,
    Mode,
    Multiplied,
    Node,
    Pinned,
    Split,
)
from lstmsolve.kernel.spec.domains import domain_rows, enumerated
from lstmsolve.kernel.spec.specs import Relation, Spec

_PROLOGUE = """#include "{name}.h"

/* For ESBMC: esbmc {name}_harness.c {name}.c --overflow-check
 * Its own intrinsics are used: of others it only warns that they have no body, and drops what they say. */
int nondet_int(void);
void __ESBMC_assume(_Bool condition);
void __ESBMC_assert(_Bool condition, const char *text);
#define ASSUME(condition) __ESBMC_assume(condition)
#define ASSERT(condition, text) __ESBMC_assert((condition), (text))
"""


def harness_source(design: Design, certificate: Certificate, types: Types) -> str:
    """NAME_harness.c."""
    writer = _Harness(design, certificate, types)
    return writer.written()


class _Harness:
    def __init__(self, design: Design, certificate: Certificate, types: Types) -> None:
        self._design = design
        self._certificate = certificate
        self._types = types
        self._name = design.identifier
        self._spec: Spec = certificate.problem.spec
        self._free = [entry for entry in self._spec.inputs if enumerated(entry.domain) is None]

    def written(self) -> str:
        functions: list[str] = []
        calls: list[str] = []
        for number, mode in enumerate(self._certificate.modes.values()):
            for place, case in enumerate(self._certificate.cases.get(mode.name, ())):
                label = f"step_{number}_{place}"
                functions.append(self._function(label, mode, case))
                calls.append(f"    case {len(calls)}:\n        {label}();\n        break;\n")
        start = self._certificate.modes[self._certificate.start]
        values = {name: Affine((), value) for name, value in self._certificate.start_values.items()}
        base = f"    {self._name}_state state;\n    {self._name}_reset(&state);\n" + self._related(start, values, {}, 1)
        return (
            _PROLOGUE.format(name=self._name)
            + f"\nstatic void base(void)\n{{\n{base}}}\n\n"
            + "\n".join(functions)
            + "\nint main(void)\n{\n    base();\n    switch (nondet_int()) {\n"
            + "".join(calls)
            + "    default:\n        break;\n    }\n    return 0;\n}\n"
        )

    def _function(self, label: str, mode: Mode, case: Case) -> str:
        """A step from one mode with one combination of listed inputs."""
        names = {name: f"v{place}" for place, name in enumerate(mode.variables)}
        names |= {entry.name: f"w{place}" for place, entry in enumerate(self._free)}
        integers = frozenset(name for name, whole in mode.variables.items() if whole)
        integers |= frozenset(entry.name for entry in self._free if entry.kind == NumericKind(True))
        rows = [normalised(row.form, row.strict, integers) for row in mode.where]
        rows += [normalised(r.form, r.strict, integers) for e in self._free for r in domain_rows(e.domain, e.name)]
        lines = [
            f"    {self._name}_state state;\n",
            f"    {self._name}_number x[{self._design.weights.cell.inputs}];\n",
        ]
        lines.append(f"    {self._name}_number z[{self._design.outputs}];\n")
        limit = self._types.bound
        for short in names.values():
            lines.append(f"    const int {short} = nondet_int();\n")
            lines.append(f"    ASSUME(({short} >= -{limit}) && ({short} <= {limit}));\n")
        lines += [f"    ASSUME({self._condition(row, names)});\n" for row in rows if not row.is_constant]
        for part, forms, kind in (("c", mode.c, self._types.c), ("h", mode.h, self._types.h)):
            lines += [
                f"    state.{part}[{unit}] = ({kind})({self._scaled(form * self._one(part), names)});\n"
                for unit, form in enumerate(forms)
            ]
        values: dict[str, Value] = {
            name: value if isinstance(value, str) else Affine((), value) for name, value in case.inputs.items()
        }
        values |= {entry.name: Affine.variable(entry.name) for entry in self._free}
        columns = self._spec.encode(values)
        lines += [
            f"    x[{column}] = ({self._name}_number)({self._scaled(form, names)});\n"
            for column, form in enumerate(columns)
        ]
        if limit is not None:
            for part, forms in (("c", mode.c), ("h", mode.h)):
                lines += [
                    f"    ASSUME((state.{part}[{u}] >= -{limit * self._one(part)}) && "
                    f"(state.{part}[{u}] <= {limit * self._one(part)}));\n"
                    for u, form in enumerate(forms)
                    if form.terms
                ]
        body = self._node(case.tree, mode, values, rows, {}, integers, names, 1)
        return f"static void {label}(void)\n{{\n{''.join(lines)}    {self._name}_step(&state, x, z);\n{body}}}\n"

    def _node(
        self,
        node: Node,
        mode: Mode,
        values: Mapping[str, Value],
        rows: list[Row],
        pins: Mapping[str, Affine],
        integers: frozenset[str],
        names: dict[str, str],
        depth: int,
    ) -> str:
        tab = "    " * depth
        match node:
            case Split(condition, holds, fails):
                then = self._node(holds, mode, values, [*rows, condition], pins, integers, names, depth + 1)
                against = [*rows, negated(condition, integers)]
                otherwise = self._node(fails, mode, values, against, pins, integers, names, depth + 1)
                return f"{tab}if ({self._condition(condition, names)}) {{\n{then}{tab}}} else {{\n{otherwise}{tab}}}\n"
            case Pinned(variable, value, _, _, then_node):
                put = {variable: value}
                bound = [row.substitute(put, integers) for row in rows]
                put_pins = {name: form.substitute(put) for name, form in pins.items()} | put
                return self._node(then_node, mode, values, bound, put_pins, integers, names, depth)
            case Multiplied():
                raise InputError.single("certificate", "its proof bounds products, for which there is no harness in C")
            case Empty():
                return f'{tab}ASSERT(0, "no state is here");\n'
            case Broken():
                return f"{tab}/* the promise of [assume] is broken: nothing is owed */\n"
            case Lands():
                target = self._certificate.modes[node.mode]
                left_open = sorted(target.variables.keys() - node.values.keys())
                if left_open:
                    message = f"its proof leaves open what {left_open[0]} becomes, for which there is no harness in C"
                    raise InputError.single("certificate", message)
                facts = Facts(rows, integers)
                here = {n: v if isinstance(v, str) else v.substitute(pins) for n, v in values.items()}
                registers = {n: v if isinstance(v, str) else v.substitute(pins) for n, v in mode.registers.items()}
                after = self._spec.step(registers, here, facts)
                text = self._related(target, node.values, names, depth)
                for demand in self._spec.demands(after.outputs):
                    flipped = [factor for _, factor in demand.terms] == [-1]
                    least = {Relation.EQUAL: "==", Relation.AT_LEAST: ">=", Relation.ABOVE: ">"}[demand.relation]
                    sign = least.replace(">", "<") if flipped else least
                    z = " - ".join(f"z[{k}]" for k, _ in demand.terms)
                    left = z if len(demand.terms) == 1 else f"({z})"
                    bound_form = -demand.bound if flipped else demand.bound
                    text += f'{tab}ASSERT({self._compared(left, sign, bound_form, names)}, "{z} is as owed");\n'
                return text + self._asserted(after.registers, here, facts, names, depth)
            case _:
                assert_never(node)

    def _asserted(
        self,
        registers: Mapping[str, Value],
        inputs: Mapping[str, Value],
        facts: Facts,
        names: Mapping[str, str],
        depth: int,
    ) -> str:
        """Assertions of [property], about the state and z that the code has left."""
        hidden = self._design.weights.cell.hidden
        sizes = {"c": hidden, "h": hidden, "z": self._design.outputs}
        places = {f"{AFTER}{part}[{k}]": (part, k) for part, size in sizes.items() for k in range(size)}
        held = {
            name: Affine.variable(name) * Fraction(1, 1 if part == "z" else self._one(part))
            for name, (part, _) in places.items()
        }
        code = {name: f"z[{k}]" if part == "z" else f"state.{part}[{k}]" for name, (part, k) in places.items()}

        def condition(form: Affine) -> str:
            return self._condition(Row(form.substitute(held)), {**names, **code})

        return assertions(self._spec, registers, inputs, sizes, facts, condition, depth)

    def _related(self, mode: Mode, values: Mapping[str, Affine], names: dict[str, str], depth: int) -> str:
        """Assertions that the state is the one that the mode has at these values, and that the mode allows them."""
        tab = "    " * depth
        text = ""
        for row in mode.where:
            form = row.form.substitute(values)
            condition = self._condition(Row(form, row.strict), names)
            text += f'{tab}ASSERT({condition}, "the values are allowed");\n'
        for part, forms in (("c", mode.c), ("h", mode.h)):
            for unit, form in enumerate(forms):
                held = form.substitute(values) * self._one(part)
                there = self._compared(f"state.{part}[{unit}]", "==", held, names)
                text += f'{tab}ASSERT({there}, "{part}[{unit}] is as the invariant says");\n'
        return text

    def _one(self, part: str) -> int:
        """What stands for 1 in the state."""
        scales = self._types.scales
        return 1 if scales is None else 2 ** (scales.c if part == "c" else scales.h)

    def _compared(self, left: str, sign: str, form: Affine, names: dict[str, str]) -> str:
        """`left sign form`, both sides multiplied so that integers stay integers."""
        if not self._types.whole:
            return f"{left} {sign} {self._scaled(form, names)}"
        scale = common_denominator([form.constant, *(factor for _, factor in form.terms)])
        side = left if scale == 1 else f"({scale} * {left})"
        return f"{side} {sign} ({self._scaled(form * scale, names)})"

    def _scaled(self, form: Affine, names: dict[str, str]) -> str:
        """The form in the type of sums. A certificate of integers has integers here."""
        known = names if self._types.whole else {name: f"({self._types.sums}){short}" for name, short in names.items()}
        return self._types.form(form, known)

    def _condition(self, row: Row, names: dict[str, str]) -> str:
        """A condition on integer variables, in integers."""
        scale = Fraction(common_denominator([row.form.constant, *(factor for _, factor in row.form.terms)]))
        whole = Types("int", "int", "int", "int32_t", None)
        return f"({whole.form(row.form * scale, names)}) {'>' if row.strict else '>='} 0"
