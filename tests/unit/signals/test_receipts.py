"""A message is known as long as there is room, and one that was refused may be tried again."""

from dispatch_server.signals.receipts import Receipts


def test_a_message_is_known_from_its_beginning() -> None:
    receipts = Receipts(4)
    assert receipts.find("a") is None
    begun = receipts.begin("a")
    assert receipts.find("a") is begun
    receipts.forget("a")
    assert receipts.find("a") is None


def test_the_oldest_is_forgotten_first() -> None:
    receipts = Receipts(2)
    for name in "abc":
        receipts.begin(name)
    assert (receipts.find("a"), len(receipts)) == (None, 2)
