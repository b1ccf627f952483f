"""Reading a standard document into a draft edition; needs neither Django nor a database.

The way of the data: bytes → `reader` (text with line numbers) → `blocks` (front matter, sections, tables)
→ `cells` (rows and pieces) → `codes` and `builder` (levels, domains, tasks, requirements) → `numbering`
→ `doubts` → a `DraftEdition` with its `Finding`s and the `Ledger` that accounts for every character.
"""

from standards.importing.draft import DraftDomain, DraftEdition, DraftLevel, DraftRequirement, DraftTask
from standards.importing.engine import read_standard
from standards.importing.errors import ImportRefused
from standards.importing.findings import Finding, Severity

__all__ = [
    "DraftDomain",
    "DraftEdition",
    "DraftLevel",
    "DraftRequirement",
    "DraftTask",
    "Finding",
    "ImportRefused",
    "Severity",
    "read_standard",
]
