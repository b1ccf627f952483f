"""Assembly of parallel forms: a pure core over plain numbers, solved by integer programming.

outcome = assemble(items, rows, Limits(forms=2, seed=1))   # Assembled | Infeasible
"""

from .conflicts import find_conflicts
from .parts import Assembled, BankItem, Conflict, Infeasible, Limits, OutOfTime, Placed, Row
from .solve import assemble, target_of

__all__ = [
    "Assembled",
    "BankItem",
    "Conflict",
    "Infeasible",
    "Limits",
    "OutOfTime",
    "Placed",
    "Row",
    "assemble",
    "find_conflicts",
    "target_of",
]
