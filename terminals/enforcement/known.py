"""What the server last told of enforcements, kept for the time without a network."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices
from terminals.enforcement.course import Course
from terminals.enforcement.merging import merged
from terminals.enforcement.outbox import Outbox
from terminals.master.disk import OwnDisk

CHOICES, CURRENT = "choices.json", "current.json"
LIMIT_BYTES = 4 << 20
_M = TypeVar("_M", bound=BaseModel)


def choices(folder: Path) -> EnforcementChoices | None:
    return _read(folder / CHOICES, EnforcementChoices)


def current(folder: Path) -> CurrentEnforcement | None:
    return _read(folder / CURRENT, CurrentEnforcement)


def keep(folder: Path, model: EnforcementChoices | CurrentEnforcement) -> None:
    """Raises OSError."""
    disk = OwnDisk()
    disk.make_folder(folder)
    name = CHOICES if isinstance(model, EnforcementChoices) else CURRENT
    disk.write_whole(folder / name, model.model_dump_json().encode())


def course(outbox: Outbox) -> Course:
    """What counts now."""
    return merged(outbox.all(), outbox.answers(), current(outbox.folder))


def _read(path: Path, model: type[_M]) -> _M | None:
    try:
        with path.open("rb") as file:
            return model.model_validate_json(file.read(LIMIT_BYTES))
    except (OSError, ValidationError):
        return None
