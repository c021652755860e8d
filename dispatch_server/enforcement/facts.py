"""What others keep of an enforcement to find it again."""

from dataclasses import dataclass

from dispatch_server.enforcement.model import Course, Kind, Party, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What search keeps of an enforcement. `steps`: (code, class) of those taken."""

    id: str
    department: str
    state: State
    kind: Kind
    item_code: str
    item_name: str
    officers: tuple[tuple[str, str], ...]  # certificate number, name
    terminals: tuple[str, ...]
    party: Party
    place: str
    latitude: float | None
    longitude: float | None
    opened_utc_us: int
    begun_utc_us: int | None
    finished_utc_us: int | None
    filed_utc_us: int | None
    steps: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]
    case_id: str


def facts_of(course: Course) -> Facts:
    one = course.enforcement
    return Facts(
        id=one.id,
        department=one.department,
        state=one.state,
        kind=one.kind,
        item_code=one.item_code,
        item_name=one.item_name,
        officers=tuple((member.certificate, member.name) for member in one.members),
        terminals=one.terminals,
        party=one.party,
        place=one.place,
        latitude=one.latitude,
        longitude=one.longitude,
        opened_utc_us=one.opened_utc_us,
        begun_utc_us=one.begun_utc_us,
        finished_utc_us=one.finished_utc_us,
        filed_utc_us=one.filed_utc_us,
        steps=tuple(dict.fromkeys((taken.step, str(taken.class_)) for taken in course.steps)),
        marks=tuple(mark.text for mark in course.marks),
        case_id=one.case_id,
    )
