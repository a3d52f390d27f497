"""Certificate in, verdict out: exact fractions, no solver, nothing but `kernel/` below.

`check` re-proves "this cell meets this spec at every length" from the text of the case and the
numbers of the certificate. It searches for nothing and trusts nothing: the spec's conditions and
the cell's step are evaluated afresh in every case of the proof. Whatever it does not understand
is a rejection.
"""

from lstmsolve.checker.beyond import check_beyond
from lstmsolve.checker.check import check
from lstmsolve.checker.enclosures import check_enclosures
from lstmsolve.checker.horizons import Rates, check_horizon, measured
from lstmsolve.checker.signs import check_signs
from lstmsolve.checker.walking import Weakest

__all__ = ["Rates", "Weakest", "check", "check_beyond", "check_enclosures", "check_horizon", "check_signs", "measured"]
