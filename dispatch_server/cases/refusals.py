"""What this room refuses, each with its stable code."""

from collections.abc import Sequence

from dispatch_server.kit.errors import Absent, Conflict, Invalid, Stale, TooMany, Unavailable, Unconditional


class CaseUnknown(Absent):
    """No such case, or one of a department that the asker may not see."""

    def __init__(self) -> None:
        super().__init__("case_unknown", "There is no such case.")


class ThingUnknown(Absent):
    """What is to be linked is not there, or not for the asker."""

    def __init__(self) -> None:
        super().__init__("linked_thing_unknown", "There is no such recording or enforcement.")


class LinkUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("link_unknown", "There is no such link in this case.")


class ExhibitUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("exhibit_unknown", "There is no such exhibit in this case.")


class PlaceUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("department_unknown", "There is no such department.")


class NumberTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("case_number_taken", "The department has a case of this number in this year.")


class NumberWrong(Invalid):
    def __init__(self) -> None:
        super().__init__("case_number_wrong", "The case number does not have the county's form.")


class OfficerUnknown(Invalid):
    def __init__(self, certificate: str) -> None:
        super().__init__("officer_unknown", f"There is no officer with the certificate {certificate}.")


class RangeWrong(Invalid):
    def __init__(self) -> None:
        super().__init__("exhibit_range_wrong", "The time must begin before it ends, within the recording.")


class RetentionWrong(Invalid):
    def __init__(self) -> None:
        super().__init__("case_retention_wrong", "Say for how many years, or until which day, or permanently.")


class CaseClosed(Conflict):
    def __init__(self) -> None:
        super().__init__("case_closed", "The case is closed: it must be reopened first.")


class CaseState(Conflict):
    def __init__(self, state: str) -> None:
        super().__init__("case_state", f"The case is {state}: this cannot be done now.")


class CaseLacks(Conflict):
    """It may be filled all the same, with a reason."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__("case_lacks", f"It still lacks: {', '.join(codes)}. Say why it is filled all the same.")


class AlreadyLinked(Conflict):
    def __init__(self) -> None:
        super().__init__("already_linked", "It is linked to this case.")


class NothingToHold(Conflict):
    def __init__(self) -> None:
        super().__init__("nothing_to_hold", "No recording is linked to this case.")


class CaseFull(TooMany):
    def __init__(self, most: int) -> None:
        super().__init__("case_full", f"A case has at most {most} links and as many exhibits.")


class HoldsAway(Unavailable):
    def __init__(self) -> None:
        super().__init__("holds_unavailable", "Footage cannot be held here now.", retry_after_s=60)


class VersionOutdated(Stale):
    def __init__(self) -> None:
        super().__init__("if_match_outdated", "Somebody has changed it since; look at it again.")


class VersionMissing(Unconditional):
    def __init__(self) -> None:
        super().__init__("if_match_missing", 'Say in If-Match which version you have seen ("3").')
