"""What can be done with coverage, viewings and notes, in the one registry of actions."""

from dispatch_server.identity.actions import WATCHING, Recorded, register
from dispatch_server.identity.roles import ADMINISTRATORS

PLAY, LIST = "recording.play", "recording.list"
OPEN, READ = "viewing.open", "coverage.read"
NOTES, NOTE, WITHDRAW = "recording.notes", "recording.note", "recording.note_withdraw"
TROUBLES = "archive.troubles"

register(OPEN, "say for which purpose recordings are viewed", WATCHING, recorded=Recorded.BY_ROOM)
register(READ, "see which seconds of an enforcement are kept", WATCHING, recorded=Recorded.NO)
register(NOTES, "read the notes upon a recording", WATCHING, recorded=Recorded.NO)
register(NOTE, "put a note upon a recording", WATCHING, recorded=Recorded.BY_ROOM)
register(WITHDRAW, "withdraw one's note upon a recording", WATCHING, recorded=Recorded.BY_ROOM)
_MENDING = WATCHING | ADMINISTRATORS  # who confirms a doubted clock must see that it is doubted
register(TROUBLES, "see what is wrong with recording", _MENDING, recorded=Recorded.NO, background=True)
