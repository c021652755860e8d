"""What terminals do with their masters, in the one registry of actions."""

from dispatch_server.identity.actions import Recorded, register

register("terminal.master", "tell of a master and end it", frozenset(), by_terminal=True, recorded=Recorded.BY_ROOM)
# A chunk is no act; that a segment was kept is one, which the room enters in the transaction of its row.
register("terminal.upload", "send a master's footage", frozenset(), by_terminal=True, recorded=Recorded.NO)
