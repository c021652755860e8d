"""A good body for each operation that takes JSON, with every member that it may have; what is not in reach says why."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.model import Role
from dispatch_server.identity.registry import ROUTES
from tests.integration.hostile.document import TEXT
from tests.integration.matrix import enforcements, examples, things
from tests.integration.matrix.server import HOME, Whole

Body = dict[str, Any]
Sample = Callable[[Whole], Awaitable[Body]]
FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)

HEAD: Body = {
    **dict.fromkeys(("form", "tree", "algorithm", "log_id", "root", "key", "signature"), "ab"),
    **dict.fromkeys(("number", "size", "utc_us"), 1),
}


def as_they_are(body: Body) -> Sample:
    async def sample(_: Whole) -> Body:
        return dict(body)

    return sample


async def _device(whole: Whole) -> Body:
    return {"department": f"{things.serial(whole) % 21 + 1:02d}", "name": "某终端", "name_en": "some terminal"}


async def _officer(whole: Whole) -> Body:
    return {**things.officer_words(whole), "valid_from": "2026-01-01", "withdrawn_on": None, "person_id": ""}


async def _carrier(whole: Whole) -> Body:
    return {"officer": (await things.officer(whole)).value}


async def _department(whole: Whole) -> Body:
    n = things.serial(whole)
    words = {"parent": f"{n % 21 + 1:02d}", "code": f"{n // 21 % 100:02d}"}
    return {**words, "name": f"分队{n}", "name_en": f"Team {n}", "kind": "team"}


async def _names(whole: Whole) -> Body:
    n = things.serial(whole)
    return {"name": f"新名{n}", "name_en": f"New name {n}"}


async def _item(whole: Whole) -> Body:
    tiers = [{"circumstance": "轻", "tier": "轻微", "range": "不罚"}]
    basis = [{"law": "某法", "article": "第一条", "text": "条文"}]
    return {**things.item_words(), "basis": basis, "tiers": tiers, "code": f"CF-{things.serial(whole):06d}"}


async def _item_change(whole: Whole) -> Body:
    return {name: value for name, value in (await _item(whole)).items() if name != "code"}


async def _delegation(whole: Whole) -> Body:
    words = {"item": (await things.item(whole)).value, "from_department": things.BUREAU, "to_department": HOME}
    return {**words, "since": "2026-01-01", "until": None, "document": "某决定"}


async def _person(whole: Whole) -> Body:
    return {"account": f"somebody-{things.serial(whole)}", "name": "某人", "department": HOME}


async def _permit(whole: Whole) -> Body:
    return dict(await examples.BODIES["POST /api/v1/permits"](whole))  # type: ignore[call-overload]


async def _recovery(whole: Whole) -> Body:
    return dict(await examples.BODIES["POST /api/v1/recoveries"](whole))  # type: ignore[call-overload]


async def _key(whole: Whole) -> Body:
    """A source has one key, so the one before is taken away."""
    key = (await things.publish_key(whole)).value
    await whole.ask("DELETE", f"/api/v1/publish-keys/{key}", whole.people[Role.SYSTEM_ADMIN, ""], anew=False)
    return {"source": things.SOURCE, "label": "某编码器"}


SAMPLES: dict[str, Sample] = {
    "POST /api/v1/devices": _device,
    "PATCH /api/v1/devices/{number}": as_they_are({"name": "新名", "name_en": "new", "department": HOME}),
    "POST /api/v1/devices/{number}/revoke": as_they_are({"reason": "丢失"}),
    "POST /api/v1/devices/{number}/retire": as_they_are({"reason": "报废"}),
    "POST /api/v1/devices/{number}/shift": _carrier,
    "POST /api/v1/devices/{number}/shift-code": _carrier,
    "POST /api/v1/devices/{number}/shift/return": _carrier,
    "PUT /api/v1/devices/officers/{officer}/pin": as_they_are({"pin": "582931"}),
    "POST /api/v1/media-tokens": as_they_are(
        {"direction": "watch", "target": things.SOURCE, "fingerprint": FINGERPRINT}
    ),
    "POST /api/v1/org/departments": _department,
    "PUT /api/v1/org/departments/{department_path}": _names,
    "PUT /api/v1/org/county": _names,
    "POST /api/v1/org/moves/{department_path}": as_they_are({"parent": HOME, "code": "98"}),
    "POST /api/v1/org/officers": _officer,
    "PUT /api/v1/org/officers/{officer_id}": _officer,
    "POST /api/v1/org/items": _item,
    "PUT /api/v1/org/items/{code}": _item_change,
    "POST /api/v1/org/delegations": _delegation,
    "PUT /api/v1/org/delegations/{delegation_id}": as_they_are({"document": "另一决定", "until": None}),
    "POST /api/v1/people": _person,
    "PUT /api/v1/people/{person_id}/name": as_they_are({"version": 1, "name": "新名"}),
    "PUT /api/v1/people/{person_id}/rights": as_they_are({"version": 1, "roles": ["officer"], "department": HOME}),
    "PUT /api/v1/people/{person_id}/closed": as_they_are({"version": 1}),
    "PUT /api/v1/people/{person_id}/open": as_they_are({"version": 1}),
    "POST /api/v1/permits": _permit,
    "POST /api/v1/recoveries": _recovery,
    "POST /api/v1/publish-keys": _key,
    "POST /api/v1/terminal/heartbeat": as_they_are({"network": "4G", "version": "1.0", "held_head": HEAD}),
    "POST /api/v1/terminal/media-tokens": as_they_are({"fingerprint": FINGERPRINT}),
    **enforcements.BODIES,
    **enforcements.TERMINAL_BODIES,
}


async def _case(whole: Whole) -> Body:
    words = dict(await examples.BODIES["PUT /api/v1/cases/{case_id}"](whole))  # type: ignore[call-overload]
    return {**words, "department": HOME, "number": f"罚〔2026〕{things.serial(whole)}号"}


async def _of_a_recording(whole: Whole) -> Body:
    found = (await examples.recording(whole)).value
    span = {"from_utc_us": 1, "to_utc_us": 2}
    return {"recording_id": found, "kind": "marked", **span, "mark": "字样", "picture": "png", "purpose": "评查"}


async def _destruction(whole: Whole) -> Body:
    return {"department": HOME, "recordings": [(await examples.recording(whole)).value], "reason": "到期"}


async def _export(whole: Whole) -> Body:
    words = {
        "purpose": "案卷评查",
        "recipient": "县司法局",
        "mode": "download",
        "viewer": "",
        "hours": 2,
        "downloads": 1,
    }
    return {**words, "recordings": [(await examples.recording(whole)).value]}


MASTER: Body = {
    **{"format": 1, "id": "01976b3c-0000-7000-8000-00000000000a", "stream_id": "", "source": "T1301"},
    **{"department": HOME, "opened_utc_us": 1, "layer": "main", "origin": "terminal", "enforcement": ""},
    **{"device_key": "A" * 43, "clock_offset_us": 0},
}
ENDING: Body = {"end": {}, "seal": {}}
SAMPLES |= {
    "POST /api/v1/cases": _case,
    "POST /api/v1/derivatives": _of_a_recording,
    "POST /api/v1/destructions": _destruction,
    "POST /api/v1/exports": _export,
    "POST /api/v1/exports/{export_id}/approve": as_they_are({"reason": "同意"}),
    "POST /api/v1/exports/{export_id}/refuse": as_they_are({"reason": "不同意"}),
    **{
        operation: examples.BODIES[operation]  # type: ignore[dict-item]
        for operation in (
            "PUT /api/v1/cases/{case_id}",
            "POST /api/v1/cases/{case_id}/exhibits",
            "POST /api/v1/cases/{case_id}/exhibits/{exhibit_id}/withdrawal",
            "POST /api/v1/cases/{case_id}/hold",
            "POST /api/v1/cases/{case_id}/links",
            "POST /api/v1/cases/{case_id}/links/{link_id}/withdrawal",
            "POST /api/v1/cases/{case_id}/state",
            "POST /api/v1/destructions/{destruction_id}/stop",
            "POST /api/v1/exports/{export_id}/withdraw",
            "POST /api/v1/holds",
            "POST /api/v1/holds/{hold_id}/release",
            "POST /api/v1/recordings/{recording_id}/notes",
            "POST /api/v1/recordings/{recording_id}/notes/{note_id}/withdrawal",
            "POST /api/v1/viewings",
        )
    },
}
# A master's card names its address and is signed at its end: their texts are tested where they are made.
BODIES_ALONE: dict[str, Sample] = {
    "PUT /api/v1/terminal/masters/{recording_id}": as_they_are(MASTER),
    "PUT /api/v1/terminal/masters/{recording_id}/end": as_they_are(ENDING),
}
# Nothing of what they take is kept as text; or it needs a secret that a test of texts has not.
SECRETS = {
    "PUT /api/v1/me/password": {"present": "x" * 12, "new": "y" * 12},
    "POST /api/v1/me/proof": {"totp": "123456"},
    "POST /api/v1/me/second-factor": {"present": "x" * 12},
    "PUT /api/v1/me/second-factor": {"ticket": "x" * 20, "totp": "123456"},
    "POST /api/v1/me/second-factor/removal": {"present": "x" * 12},
    "POST /api/v1/sessions": {"account": "nobody", "password": "x" * 12, "totp": "123456"},
    "POST /api/v1/sessions/steps": {"ticket": "x" * 20, "totp": "123456", "new_password": "y" * 12},
    "POST /api/v1/terminal/key": {"by_old": "x", "by_new": "y"},
    "POST /api/v1/terminal/shift": {"code": "x" * 12, "officer": "x", "pin": "123456"},
    "POST /api/v1/terminals/enrol": {"code": "x" * 12, "public_key": {"kty": "OKP", "crv": "Ed25519", "x": "x"}},
    "PUT /whep/sessions/{session_id}/layer": {"layer": "main"},
}


def taking_json() -> Iterator[tuple[str, dict[str, Any]]]:
    """(operation, schema of its body) of the whole document."""
    for path, methods in TEXT["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield f"{method.upper()} {path}", content["application/json"]["schema"]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = TEXT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def texts_in(schema: dict[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where free text stands in a body: not in choices, not in dates."""
    schema = resolved(schema)
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from texts_in(one, at)
    if schema.get("type") == "string" and not {"enum", "const", "format"} & set(schema):
        yield at
    for name, one in schema.get("properties", {}).items():
        yield from texts_in(one, (*at, name))
    if "items" in schema:
        yield from texts_in(schema["items"], (*at, 0))


def numbers_in(schema: dict[str, Any]) -> Iterator[str]:
    for name, one in resolved(schema).get("properties", {}).items():
        kinds = {resolved(part).get("type") for part in (one, *one.get("anyOf", ()))}
        if kinds & {"integer", "number"}:
            yield name


def who_may(operation: str) -> Role | None:
    """Somebody's role; None: a terminal, or nobody in particular."""
    method, _, path = operation.partition(" ")
    entry = ROUTES.of(method, path) or ROUTES.of(method, path.replace("department_path}", "department_path:path}"))
    assert entry is not None, operation
    return next((role for role in Role if role in ACTIONS[entry.action].roles), None)
