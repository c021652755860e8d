"""Why a derivative is not made, or not given."""

from dispatch_server.kit.errors import Absent, Conflict, Forbidden, Invalid, TooMany


class DerivativeUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("derivative_unknown", "There is no such clip, still or copy.")


class NotMade(Conflict):
    def __init__(self) -> None:
        super().__init__("derivative_not_made", "It is not made yet, or could not be.")


class ClipNotApproved(Forbidden):
    """Whole fragments of an original are the original."""

    def __init__(self) -> None:
        super().__init__("clip_not_approved", "A clip leaves under an approved export of its original, by who asked.")


class StillRecording(Conflict):
    def __init__(self) -> None:
        super().__init__("recording_open", "The recording goes on: its chain has no head yet.")


class OriginalDestroyed(Conflict):
    def __init__(self) -> None:
        super().__init__("recording_purged", "The recording was destroyed.")


class SpanUnusable(Invalid):
    def __init__(self, longest_s: int) -> None:
        super().__init__("span_unusable", f"The end lies behind the beginning, by {longest_s} seconds at most.")


class NothingThere(Conflict):
    def __init__(self) -> None:
        super().__init__("nothing_there", "The original holds nothing at that time.")


class FormChanges(Conflict):
    def __init__(self, utc_us: int) -> None:
        super().__init__(
            "form_changes", f"The form of the picture changes at {utc_us} (UTC, µs): cut before or after it."
        )


class TooManyDerivatives(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_derivatives", "Too many wait to be made.", retry_after_s=60)
