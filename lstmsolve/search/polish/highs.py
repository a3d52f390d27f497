"""Linear and integer programs for HiGHS, asked directly: importing scipy's way to it takes half a second more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import highspy
import numpy as np

LEAST: Final = 20
"""Rounds that a program gets even where others have used them all."""


class Rounds:
    """A limit on work for several programs: how often HiGHS may ask whether to go on.

    It does so after each linear program of a search tree and of the cuts and guesses at its root, so that the answer
    does not hang on how fast or busy the machine is, as with seconds.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    def begin(self) -> None:
        """A program begins."""
        self._left = max(self._left, LEAST)

    def taken(self, event: highspy.highs.HighsCallbackEvent) -> None:
        """HiGHS asks; without rounds left it stops, and tells the best point it has."""
        self._left -= 1
        if self._left < 0:
            event.interrupt()


class Rows:
    """Sparse rows `Σ factor · column >= bound`."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._starts = [0]
        self._places: list[int] = []
        self._factors: list[float] = []
        self._least: list[float] = []

    def at_least(self, terms: Mapping[int, float], bound: float) -> None:
        self._places += terms.keys()
        self._factors += terms.values()
        self._starts.append(len(self._places))
        self._least.append(bound)

    def least(
        self,
        cost: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        integrality: np.ndarray,
        nodes: int,
        rounds: Rounds | None = None,
    ) -> np.ndarray | None:
        """The best point found within so many nodes and rounds, columns with integrality 1 being integers.

        None if there is none, or none was found.
        """
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, len(self._least)
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, low, high
        model.row_lower_ = np.array(self._least)
        model.row_upper_ = np.full(len(self._least), highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(self._starts, np.int32)
        model.a_matrix_.index_ = np.array(self._places, np.int32)
        model.a_matrix_.value_ = np.array(self._factors, np.float64)
        if integrality.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[int(kind)] for kind in integrality]
        solver = highspy.Highs()
        options = {
            "output_flag": False,
            "threads": 1,
            "mip_max_nodes": nodes,
            "mip_rel_gap": 0.0,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        if rounds is not None and integrality.any():
            rounds.begin()
            solver.cbMipInterrupt += rounds.taken
        solver.passModel(model)
        solver.run()
        if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return np.array(solver.getSolution().col_value)
