from .edition import Edition, ImportFinding, Standard
from .matter import BibliographyEntry, JobProfile, Major, NormativeReference, Term
from .tree import Domain, Level, Requirement, Task

__all__ = [
    "BibliographyEntry",
    "Domain",
    "Edition",
    "ImportFinding",
    "JobProfile",
    "Level",
    "Major",
    "NormativeReference",
    "Requirement",
    "Standard",
    "Task",
    "Term",
]
