"""What somebody of another township can ask about a thing of A, and about one that does not exist."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.isolation.county import OTHER, SOURCE, A, B, County

JSON, OFFER = "application/json", "v=0\r\n"
HERE = "the asker's department"
LATER_UTC_US = 1_900_000_000_000_000
Body = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`{}` in the path, or the argument of `body`, is the thing; `kind` names it in County.things."""

    method: str
    path: str
    kind: str
    body: Body | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.kind}"


def _shift(number: str) -> dict[str, str]:
    return {"officer": "nobody"}


def _rights(person: str) -> dict[str, object]:
    return {"version": 1, "roles": ["officer"], "department": HERE}


def _officer(certificate: str) -> dict[str, object]:
    return {"name": "甲", "certificate": "样例-99-001", "department": HERE, "expires_on": "2029-12-31"}


def _exhibit(_: str) -> dict[str, object]:
    return {"recording_id": "no-such-one", "proves": "签收"}


def _case(_: str) -> dict[str, object]:
    words = {"number": "罚〔2026〕99号", "year": 2026, "cause": "某案由", "party": {"kind": "person", "name": "甄某"}}
    return words | {"officers": [], "filed_on": "2026-09-01", "retention": {"kept_for": "permanent"}}


QUESTIONS = (
    # The ledger, for a township's audit administrator; first, for what is asked below is on record as the asker's own.
    Question("GET", "/api/v1/ledger/acts?subject=recording:{}", "recording"),
    Question("GET", "/api/v1/ledger/acts?subject=stream:{}", "stream"),
    Question("GET", "/api/v1/ledger/acts?department={}", "department"),
    # Streams, and what carries them.
    Question("GET", "/api/v1/streams/{}/thumbnail.jpg", "stream"),
    Question("POST", "/api/v1/media-tokens", "stream", lambda one: {"direction": "watch", "target": one}),
    Question("POST", "/api/v1/media-tokens", "number", lambda one: {"direction": "watch", "target": one}),
    Question("POST", "/api/v1/media-tokens", "number", lambda one: {"direction": "publish", "target": one}),
    Question("POST", "/whep/{}", "stream", lambda one: OFFER, (("Content-Type", "application/sdp"),)),
    Question("POST", "/whep/{}", "number", lambda one: OFFER, (("Content-Type", "application/sdp"),)),
    Question("DELETE", "/whep/sessions/{}", "viewing"),
    Question("PUT", "/whep/sessions/{}/layer", "viewing", lambda one: {"layer": "sub"}),
    Question("OPTIONS", "/whep/{}", "stream"),
    Question("GET", "/whep/{}", "stream"),
    Question("POST", "/whip/{}", "number", lambda one: OFFER, (("Content-Type", "application/sdp"),)),
    Question("POST", "/api/v1/publish-keys", "number", lambda one: {"source": one}),
    Question("DELETE", "/api/v1/publish-keys/{}", "key"),
    # Enforcements.
    Question("GET", "/api/v1/enforcements/{}", "enforcement"),
    Question("GET", "/api/v1/enforcements/{}/party", "enforcement"),
    Question("GET", "/api/v1/enforcements/{}/coverage", "enforcement"),
    Question("GET", "/api/v1/enforcements/{}/timeline", "enforcement"),
    Question("GET", "/api/v1/enforcements?department={}", "department"),
    Question("POST", "/api/v1/enforcements/{}/marks", "enforcement", lambda _: {"key": "mark-0001", "text": "x"}),
    Question("POST", "/api/v1/enforcements/{}/cancel", "enforcement", lambda _: {"key": "cancel-1", "reason": "why"}),
    # Recordings.
    Question("GET", "/api/v1/recordings/{}", "recording"),
    Question("GET", "/api/v1/recordings/{}/playlist.m3u8", "recording"),
    Question("GET", "/api/v1/recordings/{}/playlist.m3u8?sound_only=true", "recording"),
    Question("GET", "/api/v1/recordings/{}/segments/1.mp4", "recording"),
    Question("GET", "/api/v1/recordings/{}/thumbnail.jpg", "recording"),
    Question(
        "POST",
        "/api/v1/viewings",
        "recording",
        lambda one: {"recording_ids": [one], "kind": "case", "purpose": "办案"},
    ),
    Question("GET", "/api/v1/recordings/{}/timeline", "recording"),
    Question("GET", "/api/v1/recordings/{}/thumbnails", "recording"),
    Question("GET", "/api/v1/recordings/{}/notes", "recording"),
    Question("POST", "/api/v1/recordings/{}/notes", "recording", lambda one: {"utc_us": LATER_UTC_US, "text": "甲"}),
    Question("GET", "/api/v1/recordings?source={}", "number"),
    Question("GET", "/api/v1/recordings?department={}", "department"),
    Question("GET", "/api/v1/search/recordings?source={}", "number"),
    Question("GET", "/api/v1/search/recordings?department={}", "department"),
    Question("GET", "/api/v1/search/recordings?case={}", "case_number"),
    Question("GET", "/api/v1/search/recordings?officer={}", "searched_officer"),
    Question("GET", "/api/v1/search/recordings?text={}", "word"),
    Question("GET", "/api/v1/search/recordings?text={}&missing=true&unlinked=false", "word"),
    # Case files.
    Question("GET", "/api/v1/cases/{}", "case"),
    Question("GET", "/api/v1/cases/{}/lacks", "case"),
    Question("GET", "/api/v1/cases/{}/recordings", "case"),
    Question("GET", "/api/v1/cases?number={}", "case_number"),
    Question("GET", "/api/v1/cases?department={}", "department"),
    Question("PUT", "/api/v1/cases/{}", "case", _case, (("If-Match", '"1"'),)),
    Question("POST", "/api/v1/cases/{}/state", "case", lambda one: {"what": "fill"}, (("If-Match", '"1"'),)),
    Question("POST", "/api/v1/cases/{}/hold", "case", lambda one: {"reason": "诉讼"}),
    Question("POST", "/api/v1/cases/{}/links", "case", lambda one: {"thing": "recording", "id": "no-such-one"}),
    Question(
        "POST", "/api/v1/cases/{}/exhibits", "case", lambda one: {"recording_id": "no-such-one", "proves": "签收"}
    ),
    Question("POST", "/api/v1/cases/{own_case}/links", "recording", lambda one: {"thing": "recording", "id": one}),
    # The register.
    Question("GET", "/api/v1/devices/{}", "number"),
    Question("GET", "/api/v1/devices/{}/health", "number"),
    Question("GET", "/api/v1/devices/{}/shifts", "number"),
    Question("PATCH", "/api/v1/devices/{}", "number", lambda one: {"name": "别名"}),
    Question("PATCH", "/api/v1/devices/{own}", "department", lambda one: {"department": one}),
    Question("POST", "/api/v1/devices", "department", lambda one: {"department": one, "name": "甲", "name_en": "a"}),
    Question("POST", "/api/v1/devices/{}/enrolment-code", "number"),
    Question("POST", "/api/v1/devices/{}/revoke", "number", lambda one: {"reason": "丢失"}),
    Question("POST", "/api/v1/devices/{}/retire", "number", lambda one: {"reason": "丢失"}),
    Question("POST", "/api/v1/devices/{}/shift", "number", _shift),
    Question("POST", "/api/v1/devices/{}/shift-code", "number", _shift),
    Question("POST", "/api/v1/devices/{}/shift/return", "number", lambda one: {}),
    Question("POST", "/api/v1/devices/{own}/shift", "officer", lambda one: {"officer": one}),
    Question("POST", "/api/v1/devices/{own}/shift", "certificate", lambda one: {"officer": one}),
    Question("PUT", "/api/v1/devices/officers/{}/pin", "officer", lambda one: {"pin": "739164"}),
    # The organisation.
    Question("PUT", "/api/v1/org/officers/{}", "officer", _officer, (("If-Match", '"1"'),)),
    Question("GET", "/api/v1/org/officers?department={}", "department"),
    # People.
    Question("GET", "/api/v1/people/{}", "person"),
    Question("GET", "/api/v1/people?text={}", "account"),
    Question("GET", "/api/v1/people/{}/sessions", "person"),
    Question("DELETE", "/api/v1/people/{}/sessions", "person"),
    Question("DELETE", "/api/v1/people/{}/second-factor", "person"),
    Question("PUT", "/api/v1/people/{}/name", "person", lambda one: {"version": 1, "name": "新名"}),
    Question("PUT", "/api/v1/people/{}/closed", "person", lambda one: {"version": 1}),
    Question("PUT", "/api/v1/people/{}/open", "person", lambda one: {"version": 1}),
    Question(
        "PUT",
        "/api/v1/people/{}/rights",
        "person",
        lambda one: {"version": 1, "roles": ["officer"], "department": HERE},
    ),
    Question(
        "POST",
        "/api/v1/permits",
        "person",
        lambda one: {"person_id": one, "action": "stream.watch", "department": HERE, "until_utc_us": LATER_UTC_US},
    ),
    Question("DELETE", "/api/v1/permits/{}", "permit"),
    Question("POST", "/api/v1/recoveries", "person", lambda one: {"person_id": one, "reason": "忘记密码"}),
    Question("POST", "/api/v1/recoveries/{}/confirmation", "recovery"),
    Question("DELETE", "/api/v1/recoveries/{}", "recovery"),
)
MEDIA = ("/whep/", "/whip/")  # without a token these tell nobody anything, and with another's see test_invisible
OWN = {A: "T1302", B: OTHER}  # a terminal of the asker


def existing(county: County, question: Question) -> str:
    own = {"number": SOURCE, "department": A}
    return own.get(question.kind) or county.things[question.kind]


def absent(county: County, question: Question, of: int = 0) -> str:
    """As long, of the same form, and nobody's."""
    new = county.wiring.world.new_id()
    forms = {
        "number": f"T99{of + 1:02}",
        "department": f"{98 + of}",
        "account": f"account-{new[:10]}",
        "certificate": f"样例-99-{of + 1:03}",
        "viewing": new.replace("-", ""),
        "case_number": f"罚〔2026〕{9000 + of}号",
        "searched_officer": f"执-99-{of + 1:03}",
        "word": "鸳鸯池塘"[: 4 - of % 2],
    }
    return forms.get(question.kind, new)


async def asked(county: County, department: str, question: Question, thing: str) -> Any:
    body = question.body(thing) if question.body is not None else None
    if isinstance(body, dict):
        body = {name: department if value == HERE else value for name, value in body.items()}
    path = (
        question.path.replace("{own}", OWN[department])
        .replace("{own_case}", county.cases[department])
        .replace("{}", thing)
    )
    return await county.ask(department, question.method, path, body, **dict(question.headers))


def told(answer: Any, thing: str) -> dict[str, object]:
    """All of an answer but the name that was asked for, which stands for itself, and the clock."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"date"}}
    lines = answer.text.replace(thing, "THING")
    if answer.content and answer.headers.get("content-type", "").startswith(JSON):
        content = answer.json()
        content.pop("server_utc_us", None)
        lines = repr(content).replace(thing, "THING")
    return {"status": answer.status_code, "headers": headers, "body": lines}
