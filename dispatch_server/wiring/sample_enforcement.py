"""Development mode's sample: one enforcement under way, so that a newcomer sees a checklist."""

from dispatch_server.devices.assembly import DevicesRoom
from dispatch_server.enforcement import actions
from dispatch_server.enforcement.assembly import EnforcementRoom
from dispatch_server.enforcement.model import OFFICERS_AT_LEAST
from dispatch_server.enforcement.store import Reach
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.kit.errors import Refusal
from dispatch_server.kit.scope import COUNTY
from dispatch_server.protocol import enforcement as words
from dispatch_server.protocol.enforcement_words import CheckBefore, EnforcementParty
from dispatch_server.runtime.log import log_of

NEWCOMER = SystemCaller("development")
KEY = "development-sample"
_log = log_of("enforcement")


async def open_sample(room: EnforcementRoom, devices: DevicesRoom) -> None:
    """For the first terminal whose department has the officers and a power; once: its key is always the same."""
    for terminal in sorted(devices.parts.devices.register, key=lambda one: one.number):
        wish = _wish(room, terminal.number, terminal.department)
        if wish is None:
            continue
        try:
            opened = await room.commands.open(NEWCOMER, actions.OPEN, wish, terminal.department, COUNTY)
            begin = words.EnforcementBegin(key=f"{KEY}-begin", check=CheckBefore(), reason="示例")
            await room.commands.take(NEWCOMER, actions.CHANGE, Reach(), opened.enforcement_id, begin)
        except Refusal as refusal:  # somebody's own organisation, or a newcomer who went on with it
            _log.info("no sample enforcement", reason=refusal.sentence)
        return


def _wish(room: EnforcementRoom, number: str, department: str) -> words.EnforcementOpen | None:
    opening, now = room.service.opening, room.service.world.utc_us()
    items, officers = opening.items(department, now), opening.officers(department, now)
    if not items or len(officers) < OFFICERS_AT_LEAST:
        return None
    return words.EnforcementOpen(
        key=KEY,
        kind="penalty",
        item=items[0][0].code,
        officers=[one.certificate for one in officers[:OFFICERS_AT_LEAST]],
        party=EnforcementParty(kind="organisation", name="示例商店"),
        place="示例街1号",
        terminals=[number],
    )
