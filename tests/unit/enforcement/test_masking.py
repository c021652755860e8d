"""Who a natural person is, for those who need not know."""

from dispatch_server.enforcement.masking import masked
from dispatch_server.enforcement.model import Party, PartyKind
from tests.unit.enforcement.samples import NAME, NUMBER


def test_of_a_person_little_is_left() -> None:
    found = masked(Party(PartyKind.PERSON, NAME, NUMBER))
    assert (found.name, found.identifier) == ("张＊＊", "130" + "＊" * 13 + "34")


def test_a_short_name_or_number_tells_nothing() -> None:
    found = masked(Party(PartyKind.PERSON, "张", "1234567"))
    assert (found.name, found.identifier) == ("张＊＊", "＊" * 7)


def test_an_organisation_is_public() -> None:
    party = Party(PartyKind.ORGANISATION, "某某商店", "91130000MA0000000X")
    assert masked(party) == party
