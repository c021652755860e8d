"""What this room refuses, each with its stable code."""

from collections.abc import Sequence

from dispatch_server.kit.errors import (
    Absent,
    Conflict,
    Invalid,
    Stale,
    TooLarge,
    Unavailable,
    Unconditional,
    Unsupported,
)

MOST_LINES = 40


class FileWrong(Invalid):
    """A file cannot be used; `lines` has one sentence for each mistake, each with its place."""

    def __init__(self, lines: Sequence[str]) -> None:
        more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
        self.lines = [*lines[:MOST_LINES], *more]
        super().__init__("organisation_file_wrong", "\n".join(self.lines))


class FileTooLarge(TooLarge):
    def __init__(self, limit_bytes: int) -> None:
        super().__init__("too_large", f"The file may have at most {limit_bytes} bytes.")


class FileKindUnknown(Unsupported):
    def __init__(self, accepted: tuple[str, ...]) -> None:
        super().__init__("media_type_unsupported", "The file must be YAML or XLSX.", accepted=accepted)


class ExportFailed(Unavailable):
    def __init__(self) -> None:
        super().__init__("organisation_export_failed", "The file could not be written.", retry_after_s=60)


class RulesBroken(Conflict):
    """The organisation would not be sound afterwards."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        super().__init__("organisation_rules_broken", shown)


class PathTaken(Conflict):
    """Codes and paths are never used again."""

    def __init__(self, what: str) -> None:
        super().__init__("organisation_key_taken", f"{what} is or was in use; it cannot be given again.")


class ThingUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("organisation_entry_unknown", "There is no such entry.")


class VersionOutdated(Stale):
    def __init__(self) -> None:
        super().__init__("if_match_outdated", "Somebody has changed it since; look at it again.")


class VersionMissing(Unconditional):
    def __init__(self) -> None:
        super().__init__("if_match_missing", 'Say in If-Match which version you have seen ("3").')
