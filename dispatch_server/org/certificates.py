"""Whether an officer may act at a moment: the certificate decides, by the county's days."""

from enum import StrEnum

from dispatch_server.org.days import day_of
from dispatch_server.org.model import Officer


class MayNotAct(StrEnum):
    LEFT_SERVICE = "left_service"
    WITHDRAWN = "certificate_withdrawn"
    EXPIRED = "certificate_expired"
    NOT_YET_VALID = "certificate_not_yet_valid"
    DEPARTMENT_CLOSED = "department_closed"


def officer_may_act(officer: Officer, utc_us: int) -> MayNotAct | None:
    """None: yes. What weighs most is told first."""
    day = day_of(utc_us)
    if officer.closed_utc_us is not None and officer.closed_utc_us <= utc_us:
        return MayNotAct.LEFT_SERVICE
    if officer.withdrawn_on is not None and officer.withdrawn_on <= day:
        return MayNotAct.WITHDRAWN
    if officer.expires_on < day:
        return MayNotAct.EXPIRED
    if officer.valid_from is not None and day < officer.valid_from:
        return MayNotAct.NOT_YET_VALID
    return None


def days_left(officer: Officer, utc_us: int) -> int:
    """How many days the certificate is still good after today; negative: so long ago it expired."""
    return (officer.expires_on - day_of(utc_us)).days
