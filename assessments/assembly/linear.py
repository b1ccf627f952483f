"""A small layer for integer linear models, so that what is asked does not depend on who solves it.

CP-SAT solves closeness to targets well; a second backend (HiGHS, for maximin information) can stand beside it.
One worker and a deterministic time limit: the same model and seed give the same solution on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Watch = Callable[[int, int], None]
"""Told of each better solution: its objective and the best bound."""


@dataclass(frozen=True, slots=True)
class Term:
    var: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Solution:
    """status: "optimal", "feasible", "infeasible" or "unknown"; values by variable when there is a solution."""

    status: str
    values: tuple[int, ...] = ()
    objective: int = 0
    bound: int = 0
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        return self.status in ("optimal", "feasible")


class LinearModel:
    """Variables are numbers in order of making; constraints are ``low <= sum of terms <= high``."""

    def __init__(self) -> None:
        self.bounds: list[tuple[int, int]] = []
        self.constraints: list[tuple[list[Term], int, int]] = []
        self.objective: list[Term] = []

    def integer(self, low: int, high: int) -> int:
        self.bounds.append((low, high))
        return len(self.bounds) - 1

    def boolean(self) -> int:
        return self.integer(0, 1)

    def add(self, terms: Iterable[Term], low: int | None = None, high: int | None = None) -> None:
        """Constrain a sum; a bound left out is no bound."""
        terms = list(terms)
        ends = [
            (term.weight * self.bounds[term.var][0], term.weight * self.bounds[term.var][1]) for term in terms
        ]
        least, most = sum(min(pair) for pair in ends), sum(max(pair) for pair in ends)
        self.constraints.append((terms, least if low is None else low, most if high is None else high))

    def exactly(self, terms: Iterable[Term], value: int) -> None:
        self.add(terms, value, value)

    def minimise(self, var: int, weight: int = 1) -> None:
        """Add to what is to be made small."""
        self.objective.append(Term(var, weight))

    def solve(self, *, seed: int = 0, effort: float = 10.0, watch: Watch | None = None) -> Solution:
        return _solve_cp_sat(self, seed, effort, watch)


def total(variables: Iterable[int], weight: int = 1) -> list[Term]:
    """The terms of a plain sum."""
    return [Term(var, weight) for var in variables]


def _solve_cp_sat(model: LinearModel, seed: int, effort: float, watch: Watch | None) -> Solution:
    from ortools.sat.python import cp_model  # a heavy import that most web requests never need

    cp = cp_model.CpModel()
    made = [cp.new_int_var(low, high, "") for low, high in model.bounds]
    for terms, low, high in model.constraints:
        cp.add_linear_constraint(_sum(cp_model, made, terms), low, high)
    if model.objective:
        cp.minimize(_sum(cp_model, made, model.objective))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = seed % (2**31 - 1)
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = effort * 4 + 30  # a safety net for very slow machines only
    status = solver.solve(cp, _watcher(cp_model, watch) if watch else None)
    names = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "feasible", cp_model.INFEASIBLE: "infeasible"}
    name = names.get(status, "unknown")
    if name not in ("optimal", "feasible"):
        return Solution(name, seconds=solver.wall_time)
    values = tuple(int(solver.value(var)) for var in made)
    objective = round(solver.objective_value) if model.objective else 0
    bound = round(solver.best_objective_bound) if model.objective else 0
    return Solution(name, values, objective, bound, solver.wall_time)


def _sum(cp_model: Any, made: list[Any], terms: list[Term]) -> Any:
    return cp_model.LinearExpr.weighted_sum(
        [made[term.var] for term in terms], [term.weight for term in terms]
    )


def _watcher(cp_model: Any, watch: Watch) -> Any:
    class Watcher(cp_model.CpSolverSolutionCallback):  # type: ignore[misc,name-defined]
        def on_solution_callback(self) -> None:
            watch(round(self.objective_value), round(self.best_objective_bound))

    return Watcher()
