"""The seven roles, and which of them one person may hold together."""

from enum import StrEnum


class Role(StrEnum):
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    OPERATOR = "operator"
    EXPERT = "expert"
    REVIEWER = "reviewer"
    OFFICER = "officer"


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def go_together(roles: frozenset[Role]) -> bool:
    """
    Whether one person may hold them all: of the three administrators one, and then nothing else.

    Who changes the system, who gives rights and who reads the ledger watch each other; whoever works with streams
    and cases is watched by all three.
    """
    return not roles & ADMINISTRATORS or len(roles) == 1
