"""What the server last told of enforcements, kept for the time without a network."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices
from terminals.enforcement.course import Course, State, course_of
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
    """What was said here and not refused, after what the server told of one that was opened elsewhere."""

    answers, said = outbox.answers(), outbox.all()
    refused = frozenset(key for key, answer in answers.items() if not 200 <= answer.status < 300)
    known = current(outbox.folder)
    told = known.enforcement if known is not None else None
    own = {one.enforcement for one in said if one.what == "open" and one.key not in refused}
    first = Course()
    if told is not None and told.id not in own and told.state in ("opened", "under_way"):
        state = State.OPENED if told.state == "opened" else State.PAUSED if told.paused else State.UNDER_WAY
        taken = {line.step.code for line in told.checklist if line.taken}
        first = Course(told.id, state, told.kind, set(taken), set(taken))
        said = [one for one in said if one.key not in answers]  # what is answered is in what the server told
    return course_of(said, refused, first)


def _read(path: Path, model: type[_M]) -> _M | None:
    try:
        with path.open("rb") as file:
            return model.model_validate_json(file.read(LIMIT_BYTES))
    except (OSError, ValidationError):
        return None
