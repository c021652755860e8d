"""Who may search, and who may search by people's names."""

from dispatch_server.identity.actions import WATCHING, Recorded, register
from dispatch_server.identity.roles import Role

SEARCH = "recording.search"
PARTY = "recording.party"

register(SEARCH, "search recordings by everything that is known of them", WATCHING, recorded=Recorded.NO)
# Who keeps the machines need not know whom the recordings are about (个人信息保护法 6).
register(
    PARTY,
    "see and search by who the party of a recorded enforcement is",
    frozenset({Role.OPERATOR, Role.REVIEWER}),
    recorded=Recorded.BY_ROOM,
)
