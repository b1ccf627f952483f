from .attempt import Attempt, AttemptEvent
from .candidate import Candidate, Registration
from .invigilation import Incident
from .response import LateUpload, Response, WorldState

__all__ = [
    "Attempt",
    "AttemptEvent",
    "Candidate",
    "Incident",
    "LateUpload",
    "Registration",
    "Response",
    "WorldState",
]
