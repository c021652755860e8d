"""What the signed-in console asks of the register: /api/v1/devices."""

from typing import Annotated

from dispatch_server.devices import shown
from dispatch_server.devices.enrolment import enrolment_uri, shift_uri
from dispatch_server.devices.model import Terminal
from dispatch_server.devices.parts import DeviceParts
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol import devices as words
from dispatch_server.protocol.problem import responses

CHANGING = responses(400, 401, 403, 404, 409, 413, 422, 503)
ASKING = responses(401, 403, 404, 422, 503)
HISTORY_ROWS = 2_000
DAY_US = 86_400_000_000


def register_routes(parts: DeviceParts) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/devices", tags=["devices"])
    devices = parts.devices

    def entry(terminal: Terminal) -> words.DeviceEntry:
        department = devices.departments.departments().get(terminal.department)
        return shown.terminal_entry(
            terminal,
            department.name if department is not None else terminal.department,
            devices.register.key_of(terminal.number),
            parts.heartbeats,
            parts.shifts.of(terminal.number),
        )

    @router.get("", responses=responses(401, 403, 503))
    async def list_devices(session: Annotated[Session, permit("device.list")]) -> words.DeviceList:
        """The terminals of one's own departments, with their state, health and who carries them."""
        found = devices.listed(session.scope("device.list"))
        return words.DeviceList(devices=[entry(one) for one in found], server_utc_us=devices.world.utc_us())

    @router.post("", status_code=201, responses=CHANGING)
    async def register_device(
        body: words.DeviceRequest, session: Annotated[Session, permit("device.register")]
    ) -> words.DeviceEntry:
        """A new terminal, under the next number of its department."""
        scope = session.scope("device.register")
        return entry(await devices.add(body.department, body.name, body.name_en, scope, session))

    @router.get("/{number}", responses=ASKING)
    async def read_device(number: str, session: Annotated[Session, permit("device.list")]) -> words.DeviceEntry:
        return entry(devices.found(number, session.scope("device.list")))

    @router.patch("/{number}", responses=CHANGING)
    async def change_device(
        number: str, body: words.DeviceChange, session: Annotated[Session, permit("device.change")]
    ) -> words.DeviceEntry:
        """Another name or another department."""
        scope = session.scope("device.change")
        return entry(await devices.change(number, scope, session, body.name, body.name_en, body.department))

    @router.post("/{number}/enrolment-code", status_code=201, responses=CHANGING)
    async def issue_code(number: str, session: Annotated[Session, permit("device.enrol")]) -> words.OneTimeCodeIssued:
        """Lets one device in, once, within ten minutes. Enrolling again ends what the earlier device may."""
        code, kept = await devices.issue_code(number, session.scope("device.enrol"), session)
        uri = enrolment_uri(parts.server_url, code, parts.ca_fingerprint())
        return shown.issued_code(code, kept, uri, devices.limits.code_tries)

    @router.post("/{number}/revoke", responses=CHANGING)
    async def revoke_device(
        number: str, body: words.DeviceReason, session: Annotated[Session, permit("device.revoke")]
    ) -> words.DeviceEntry:
        """Stolen, mislaid, not trusted: what it has open ends now. Another code enrols it again."""
        return entry(await devices.revoke(number, session.scope("device.revoke"), session, body.reason))

    @router.post("/{number}/retire", responses=CHANGING)
    async def retire_device(
        number: str, body: words.DeviceReason, session: Annotated[Session, permit("device.retire")]
    ) -> words.DeviceEntry:
        """Out of the register for good; its number is not given again."""
        return entry(await devices.retire(number, session.scope("device.retire"), session, body.reason))

    @router.get("/{number}/health", responses=ASKING)
    async def health_history(
        number: str, session: Annotated[Session, permit("device.list")], from_utc_us: int | None = None
    ) -> words.HealthHistory:
        """How it was, newest first; of the last day unless said otherwise."""
        devices.found(number, session.scope("device.list"))
        begin = from_utc_us if from_utc_us is not None else devices.world.utc_us() - DAY_US
        rows = await parts.heartbeats_kept(number, max(0, min(begin, 1 << 53)), HISTORY_ROWS)
        return words.HealthHistory(rows=[shown.health_entry(health, troubles) for health, troubles in rows])

    return router


def shift_routes(parts: DeviceParts) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/devices", tags=["shifts"])
    shifts = parts.shifts

    @router.post("/{number}/shift", status_code=201, responses=CHANGING)
    async def issue(
        number: str, body: words.ShiftRequest, session: Annotated[Session, permit("device.issue")]
    ) -> words.ShiftEntry:
        """Hand it to an officer."""
        scope = session.scope("device.issue")
        return shown.shift_entry(await shifts.issue(number, scope, body.officer, body.ends_utc_us, session))

    @router.post("/{number}/shift-code", status_code=201, responses=CHANGING)
    async def issue_shift_code(
        number: str, body: words.ShiftRequest, session: Annotated[Session, permit("device.issue")]
    ) -> words.OneTimeCodeIssued:
        """A code that the terminal scans: then that officer carries it."""
        scope = session.scope("device.issue")
        code, kept = await shifts.issue_code(number, scope, body.officer, body.ends_utc_us, session)
        return shown.issued_code(code, kept, shift_uri(code), shifts.limits.code_tries)

    @router.post("/{number}/shift/return", status_code=204, responses=CHANGING)
    async def give_back(
        number: str, body: words.ShiftReturn, session: Annotated[Session, permit("device.issue")]
    ) -> None:
        """Take it back, from one officer or from all."""
        await shifts.give_back(number, session.scope("device.issue"), body.officer, caller=session)

    @router.get("/{number}/shifts", responses=ASKING)
    async def shift_history(number: str, session: Annotated[Session, permit("device.list")]) -> words.ShiftHistory:
        """Who carried it, newest first."""
        found = await shifts.history(number, session.scope("device.list"))
        return words.ShiftHistory(shifts=[shown.shift_entry(shift) for shift in found])

    @router.put("/officers/{officer}/pin", status_code=204, responses=CHANGING)
    async def set_pin(officer: str, body: words.PinRequest, session: Annotated[Session, permit("device.pin")]) -> None:
        """A new PIN for an officer; a lock-out ends with it."""
        await shifts.set_pin(officer, session.scope("device.pin"), body.pin, session)

    return router
