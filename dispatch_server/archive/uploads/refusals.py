"""What this part refuses, with stable codes."""

import errno

from dispatch_server.kit.errors import (
    Absent,
    Conflict,
    Damaged,
    Gone,
    Invalid,
    Locked,
    NoRoom,
    Stale,
    TooLarge,
    TooMany,
    Unavailable,
)

FULL_RETRY_S = 300


class MasterUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("master_unknown", "This terminal has registered no such master.")


class MasterContradicted(Conflict):
    """Something else lies here under the same name."""

    def __init__(self, what: str) -> None:
        super().__init__("master_contradicted", f"Another {what} is already kept under this name.")


class CardElsewhere(Invalid):
    def __init__(self) -> None:
        super().__init__("card_elsewhere", "The card names another master than the address.")


class MasterEndedAlready(Conflict):
    def __init__(self) -> None:
        super().__init__("master_ended", "The master has ended: nothing is added to it any more.")


class MasterMoved(Unavailable):
    """A hold was placed or lifted at the same moment."""

    def __init__(self) -> None:
        super().__init__("master_moved", "The master's state has just changed: ask again.", retry_after_s=1)


class IndexRefused(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("index_refused", f"The index is not taken: {sentence}.")


class IndexLacking(Conflict):
    def __init__(self, segment: int) -> None:
        super().__init__("index_lacking", f"The index of segment {segment} must come first.")


class SealRefused(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("seal_refused", f"The end is not taken: {sentence}.")


class HeaderRefused(Invalid):
    def __init__(self, name: str, sentence: str) -> None:
        super().__init__("tus_header_invalid", f"{name}: {sentence}.")


class VersionWrong(Stale):
    def __init__(self, version: str) -> None:
        super().__init__("tus_version", f"Tus-Resumable must be {version}.")


class UploadUnknown(Absent):
    """It was never there, or belongs to another terminal: both look the same."""

    def __init__(self) -> None:
        super().__init__("upload_unknown", "There is no such upload.")


class UploadGone(Gone):
    def __init__(self) -> None:
        super().__init__(
            "upload_gone", "The upload has ended: it was completed, withdrawn or not heard of for too long."
        )


class OffsetWrong(Conflict):
    def __init__(self, offset: int) -> None:
        super().__init__("offset_wrong", f"The upload is at {offset}.")


class UploadBusy(Locked):
    def __init__(self) -> None:
        super().__init__("upload_busy", "Somebody is adding to this upload.", retry_after_s=1)


class UploadTooLarge(TooLarge):
    def __init__(self, most: int) -> None:
        super().__init__("upload_too_large", f"No more than {most} bytes are taken here.")


class ChecksumWrong(Damaged):
    def __init__(self) -> None:
        super().__init__("checksum_wrong", "What came does not have the checksum that was announced.")


class SegmentKept(Conflict):
    def __init__(self) -> None:
        super().__init__("segment_kept", "There is a receipt for this segment already.")


class FootageRefused(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("footage_refused", f"The upload is not the footage that its index describes: {sentence}.")


class QuotaReached(TooMany):
    def __init__(self, sentence: str) -> None:
        super().__init__("quota_reached", sentence, retry_after_s=60)


class ArchiveFull(NoRoom):
    def __init__(self) -> None:
        super().__init__("archive_full", "There is no room for more footage now.", retry_after_s=FULL_RETRY_S)


class DiskFailed(Unavailable):
    """The disk did not do what it was asked; what was announced stays."""

    def __init__(self) -> None:
        super().__init__("disk_failed", "The disk failed: go on from the offset that is told now.", retry_after_s=5)


def of_disk(error: OSError) -> ArchiveFull | DiskFailed:
    """What is said of an error of the disk."""
    return ArchiveFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else DiskFailed()
