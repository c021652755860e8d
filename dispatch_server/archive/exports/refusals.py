"""Why an export is not asked for, decided, or fetched."""

from dispatch_server.archive.exports.model import State
from dispatch_server.kit.errors import Absent, Conflict, Forbidden, Invalid, TooMany, Unavailable


class ExportUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("export_unknown", "There is no such export.")


class LinkUnknown(Absent):
    """Expired, of another sign-in, withdrawn, or never given: all look the same."""

    def __init__(self) -> None:
        super().__init__("link_unknown", "There is no such link, or it has ended.")


class SubjectUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("export_subject_unknown", "There is no such recording, enforcement or case.")


class NothingToExport(Conflict):
    def __init__(self) -> None:
        super().__init__("nothing_to_export", "There is no recording in what was asked for.")


class RecordingStillOpen(Conflict):
    def __init__(self, recording_id: str) -> None:
        super().__init__("recording_open", f"Recording {recording_id} goes on: export it when it has ended.")


class RecordingGone(Conflict):
    def __init__(self, recording_id: str) -> None:
        super().__init__("recording_purged", f"Recording {recording_id} was destroyed.")


class AskingUnclear(Invalid):
    def __init__(self) -> None:
        super().__init__("asking_unclear", "Name either recordings, or one enforcement, or one case.")


class ViewerUnknown(Invalid):
    def __init__(self) -> None:
        super().__init__("viewer_unknown", "There is no such person to view it.")


class TooManyRecordings(Invalid):
    def __init__(self, most: int) -> None:
        super().__init__("too_many_recordings", f"One package holds {most} recordings.")


class TooManyExports(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_exports", "Too many requests wait to be decided or made.", retry_after_s=600)


class ExportNotSo(Conflict):
    def __init__(self, state: State) -> None:
        super().__init__("export_not_so", f"This cannot be done with an export that is {state}.")


class AnotherPersonNeeded(Forbidden):
    def __init__(self) -> None:
        super().__init__("another_person_needed", "Somebody else than the one who asked must decide this.")


class NotTheAsker(Forbidden):
    def __init__(self) -> None:
        super().__init__("not_the_asker", "Only the one who asked for it gets a link to it.")


class OnlyToView(Conflict):
    def __init__(self) -> None:
        super().__init__("only_to_view", "This was approved to be viewed: no file is given out.")


class DownloadsUsed(Conflict):
    def __init__(self) -> None:
        super().__init__("downloads_used", "It was fetched as often as was approved.")


class SendersBusy(Unavailable):
    def __init__(self) -> None:
        super().__init__("exports_busy", "Too many packages are being sent now.", retry_after_s=60)


class PackageLost(Conflict):
    def __init__(self) -> None:
        super().__init__("package_lost", "What the package consists of is not there any more: ask for a new one.")
