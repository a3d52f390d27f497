"""A vector of 16 floats in single precision as a type of numba's, for kernels that run 16 chains side by side.

LLVM maps it onto whatever registers there are. Arrays are flat, with the 16 lanes of a value next to one another:
`load(a, i)` is a[16 i : 16 i + 16]. Nothing here is exact, and nothing that is proved depends on it: `exp` and `log`
are polynomials with relative errors of about 1e-6.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import lower_builtin, models, register_model

LANES: Final = 16

_FLOAT: Final = ir.FloatType()
_FLOATS: Final = ir.VectorType(_FLOAT, LANES)
_INTEGERS: Final = ir.VectorType(ir.IntType(32), LANES)
_FAST: Final = ("fast",)


class LanesType(types.Type):  # type: ignore[misc]
    """The type itself."""

    def __init__(self) -> None:
        super().__init__(name=f"lanes{LANES}")


VECTOR: Final = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _FLOATS)


# --- building blocks in LLVM's language --------------------------------------------------------------


def _constant(value: float) -> Any:
    return ir.Constant(_FLOATS, [ir.Constant(_FLOAT, value)] * LANES)


def _integer(value: int) -> Any:
    return ir.Constant(_INTEGERS, [ir.Constant(ir.IntType(32), value)] * LANES)


def _spread(build: Any, scalar: Any) -> Any:
    """A scalar in every lane."""
    if scalar.type != _FLOAT:
        scalar = build.fptrunc(scalar, _FLOAT)
    first = build.insert_element(ir.Constant(_FLOATS, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return build.shuffle_vector(first, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_INTEGERS, [0] * LANES))


def _library(build: Any, name: str, argument: Any) -> Any:
    """One of LLVM's own functions."""
    module = build.module
    function = module.globals.get(name) or ir.Function(module, ir.FunctionType(_FLOATS, [_FLOATS]), name)
    return build.call(function, [argument])


def _place(context: Any, build: Any, array_type: Any, array: Any, index: Any, kind: Any) -> Any:
    """Where the lanes with this index are."""
    data = context.make_array(array_type)(context, build, array).data
    at = build.gep(data, [build.mul(index, ir.Constant(index.type, LANES))], inbounds=True)
    return build.bitcast(at, ir.PointerType(kind))


def _within(build: Any, value: Any, low: Any, high: Any) -> Any:
    value = build.select(build.fcmp_ordered("<", value, low), low, value)
    return build.select(build.fcmp_ordered(">", value, high), high, value)


def _horner(build: Any, x: Any, *coefficients: float) -> Any:
    """A polynomial, the coefficient of the highest power first."""
    found = _constant(coefficients[0])
    for coefficient in coefficients[1:]:
        found = build.fadd(build.fmul(found, x, flags=_FAST), _constant(coefficient), flags=_FAST)
    return found


def _exp(build: Any, x: Any) -> Any:
    """2^(whole + part): the whole goes into the exponent, a polynomial does the rest."""
    x = build.fmul(_within(build, x, _constant(-80.0), _constant(80.0)), _constant(1.44269504), flags=_FAST)
    whole = _library(build, f"llvm.nearbyint.v{LANES}f32", x)
    part = build.fsub(x, whole, flags=_FAST)
    bits = build.shl(build.fptosi(whole, _INTEGERS), _integer(23))
    power = _horner(build, part, 0.00133336, 0.00961813, 0.05550411, 0.24022651, 0.69314718, 1.0)
    return build.bitcast(build.add(build.bitcast(power, _INTEGERS), bits), _FLOATS)


def _log(build: Any, x: Any) -> Any:
    """With x = m 2^e and m near 1: log m by the series of the area tangent."""
    bits = build.bitcast(x, _INTEGERS)
    exponent = build.ashr(build.sub(bits, _integer(0x3F3504F3)), _integer(23))
    m = build.fsub(
        build.bitcast(build.sub(bits, build.shl(exponent, _integer(23))), _FLOATS), _constant(1.0), flags=_FAST
    )
    z = build.fdiv(m, build.fadd(m, _constant(2.0), flags=_FAST), flags=_FAST)
    series = _horner(build, build.fmul(z, z, flags=_FAST), 0.14285714, 0.2, 0.33333333, 1.0)
    whole = build.fmul(build.sitofp(exponent, _FLOATS), _constant(0.69314718), flags=_FAST)
    return build.fadd(whole, build.fmul(build.fmul(z, series, flags=_FAST), _constant(2.0), flags=_FAST), flags=_FAST)


# --- operators ------------------------------------------------------------------------------------


def _binary(symbol: Callable[..., Any], name: str) -> None:
    """An operator between vectors, and between a vector and a scalar."""
    scalars = (types.float32, types.float64)

    @infer_global(symbol)
    class _Signatures(ConcreteTemplate):  # type: ignore[misc]
        cases: Final = [
            signature(VECTOR, VECTOR, VECTOR),
            *(signature(VECTOR, VECTOR, scalar) for scalar in scalars),
            *(signature(VECTOR, scalar, VECTOR) for scalar in scalars),
        ]

    def lowered(context: Any, build: Any, given: Any, arguments: Any) -> Any:
        both = [
            value if kind == VECTOR else _spread(build, value)
            for value, kind in zip(arguments, given.args, strict=True)
        ]
        return getattr(build, name)(*both, flags=_FAST)

    lower_builtin(symbol, VECTOR, VECTOR)(lowered)
    for scalar in scalars:
        lower_builtin(symbol, VECTOR, scalar)(lowered)
        lower_builtin(symbol, scalar, VECTOR)(lowered)


for _symbols, _name in (
    ((operator.add, operator.iadd), "fadd"),
    ((operator.sub, operator.isub), "fsub"),
    ((operator.mul, operator.imul), "fmul"),
    ((operator.truediv, operator.itruediv), "fdiv"),
):
    for _symbol in _symbols:
        _binary(_symbol, _name)


# --- functions of kernels ---------------------------------------------------------------------------


def intrinsic(function: Callable[..., Any]) -> Any:
    """A function that kernels may call, made of LLVM's instructions."""
    return numba_intrinsic(function)


def _unary(made: Callable[[Any, Any], Any]) -> Any:
    @intrinsic
    def function(context: Any, value: Any) -> Any:
        return VECTOR(VECTOR), lambda _, build, __, given: made(build, given[0])

    return function


exp: Final = _unary(_exp)
log: Final = _unary(_log)
root: Final = _unary(lambda build, x: _library(build, f"llvm.sqrt.v{LANES}f32", x))
size: Final = _unary(lambda build, x: _library(build, f"llvm.fabs.v{LANES}f32", x))
step: Final = _unary(
    lambda build, x: build.select(build.fcmp_ordered(">", x, _constant(0.0)), _constant(1.0), _constant(0.0))
)
"""1 where the lane is above 0, else 0."""


@intrinsic
def load(context: Any, array: Any, index: Any) -> Any:
    def made(context: Any, build: Any, given: Any, arguments: Any) -> Any:
        at = _place(context, build, given.args[0], arguments[0], arguments[1], _FLOATS)
        return build.load(at, align=4)

    return VECTOR(array, types.intp), made


@intrinsic
def store(context: Any, array: Any, index: Any, value: Any) -> Any:
    def made(context: Any, build: Any, given: Any, arguments: Any) -> Any:
        at = _place(context, build, given.args[0], arguments[0], arguments[1], _FLOATS)
        build.store(arguments[2], at, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, VECTOR), made


@intrinsic
def full(context: Any, scalar: Any) -> Any:
    """The scalar in every lane."""
    return VECTOR(types.float64), lambda _, build, __, given: _spread(build, given[0])


@intrinsic
def differ(context: Any, one: Any, other: Any) -> Any:
    """1 where the lanes differ, else 0."""

    def made(_: Any, build: Any, __: Any, given: Any) -> Any:
        return build.select(build.fcmp_ordered("!=", *given), _constant(1.0), _constant(0.0))

    return VECTOR(VECTOR, VECTOR), made


@intrinsic
def within(context: Any, value: Any, low: Any, high: Any) -> Any:
    """The nearest number from low to high."""

    def made(_: Any, build: Any, __: Any, given: Any) -> Any:
        return _within(build, given[0], _spread(build, given[1]), _spread(build, given[2]))

    return VECTOR(VECTOR, types.float64, types.float64), made


@intrinsic
def uniform(context: Any, state: Any) -> Any:
    """Numbers strictly between 0 and 1, by xorshift (Marsaglia 2003) in each lane; `state` is uint32 [16], not 0."""

    def made(context: Any, build: Any, given: Any, arguments: Any) -> Any:
        at = _place(context, build, given.args[0], arguments[0], ir.Constant(ir.IntType(64), 0), _INTEGERS)
        bits = build.load(at, align=4)
        bits = build.xor(bits, build.shl(bits, _integer(13)))
        bits = build.xor(bits, build.lshr(bits, _integer(17)))
        bits = build.xor(bits, build.shl(bits, _integer(5)))
        build.store(bits, at, align=4)
        whole = build.sitofp(build.lshr(bits, _integer(8)), _FLOATS)
        return build.fmul(build.fadd(whole, _constant(0.5), flags=_FAST), _constant(2.0**-24), flags=_FAST)

    return VECTOR(state), made
