from .blueprint import AssemblyRun, Blueprint, BlueprintRow, BlueprintSection
from .exam import Exam, ExamForm, ExamSession
from .form import Form, FormSlot
from .item import Item, ItemComment, ItemRevision, RevisionRequirement

__all__ = [
    "AssemblyRun",
    "Blueprint",
    "BlueprintRow",
    "BlueprintSection",
    "Exam",
    "ExamForm",
    "ExamSession",
    "Form",
    "FormSlot",
    "Item",
    "ItemComment",
    "ItemRevision",
    "RevisionRequirement",
]
