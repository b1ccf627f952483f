from .certificate import Certificate, CertificateEvent, CertificateFile, CertificateSeries, SigningKey
from .mark import AttemptGrading, Mark, MarkingTask
from .result import Release, ReleasedResult, Result

__all__ = [
    "AttemptGrading",
    "Certificate",
    "CertificateEvent",
    "CertificateFile",
    "CertificateSeries",
    "Mark",
    "MarkingTask",
    "Release",
    "ReleasedResult",
    "Result",
    "SigningKey",
]
