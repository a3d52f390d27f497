"""Linear and integer programs for HiGHS, asked directly: importing scipy's way to it takes half a second more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import highspy
import numpy as np

FOREVER: Final = 1e8


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
        seconds: float = FOREVER,
    ) -> np.ndarray | None:
        """The best point found within so many nodes and seconds, columns with integrality 1 being integers.

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
            "time_limit": seconds,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(model)
        solver.run()
        if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return np.array(solver.getSolution().col_value)
