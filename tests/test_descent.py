"""Weights by descent in floats: proved like any others, the same for the same seed, within what the case allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from scipy.optimize import approx_fprime

import lstmsolve
from lstmsolve.formats.cases import parse_case
from lstmsolve.model.cells import Cell, Parameter, State, Weights, parameters
from lstmsolve.model.outcomes import Accepted, Solved, Unknown
from lstmsolve.model.problems import Problem, weight_names
from lstmsolve.model.weight_records import weights_record
from lstmsolve.obligations.strings import all_strings
from lstmsolve.search.losses import Loss, Sample, does_right
from lstmsolve.search.rounding import Box, rounded
from lstmsolve.model.watch import UNWATCHED
from tests.library import LIBRARY
from tests.textbook import textbook_run


def average(kept: str, taken: str, weights: str = "", domain: str = "real 0..1", cell: str = "") -> Problem:
    """h = kept * h + taken * x."""
    return parse_case(
        f"""
        format = "lstmsolve/case/1"
        name = "test"
        title = "A weighted average"
        source = "exponential smoothing"
        [input]
        x = "{domain}"
        [state]
        a = {{ init = 0, type = "real" }}
        [next]
        a = "{kept}*a + {taken}*x"
        [output]
        h = "a"
        [cell]
        hidden = 1
        {cell}
        {weights}
        """,
        "test.toml",
    )
