"""What is shown of a party to whoever need not know who it is."""

from dataclasses import replace

from dispatch_server.enforcement.model import Party, PartyKind
from dispatch_server.kit.masking import masked_name, masked_number


def masked(party: Party) -> Party:
    """An organisation is public. Of a person the first character of the name stays, and little of a long number."""
    if party.kind is PartyKind.ORGANISATION:
        return party
    return replace(party, name=masked_name(party.name), identifier=masked_number(party.identifier))
