from .audit import AuditEntry, AuditSeal
from .keys import ApiKey
from .people import RoleGrant, School, User

__all__ = ["ApiKey", "AuditEntry", "AuditSeal", "RoleGrant", "School", "User"]
