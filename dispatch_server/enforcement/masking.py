"""What is shown of a natural person to whoever need not know who it is: enough to tell two apart on one page."""

from dataclasses import replace

from dispatch_server.enforcement.model import Party, PartyKind

HIDDEN = "*"
LONG_NUMBER = 8


def masked(party: Party) -> Party:
    """An organisation is public. Of a person the first character of the name stays, and little of a long number."""
    if party.kind is PartyKind.ORGANISATION:
        return party
    return replace(party, name=party.name[:1] + HIDDEN * 2, identifier=_number(party.identifier))


def _number(text: str) -> str:
    if len(text) < LONG_NUMBER:
        return HIDDEN * len(text)
    return text[:3] + HIDDEN * (len(text) - 5) + text[-2:]
