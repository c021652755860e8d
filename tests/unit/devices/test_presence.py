"""Signs of life and silence."""

from dispatch_server.devices.presence import Presence


def test_a_sign_counts_for_a_while() -> None:
    presence = Presence(lost_s=45)
    assert presence.sign("T1301", 0, 100)
    assert not presence.sign("T1301", 10, 110)
    assert presence.silent(54.9) == []
    assert presence.silent(55) == ["T1301"]
    assert presence.online() == {"T1301": 110}  # until somebody decides that it left
    presence.leave("T1301")
    assert presence.online() == {}
    assert presence.seen_utc_us("T1301") is None


def test_what_could_not_be_saved_is_given_back_and_newer_signs_count() -> None:
    presence = Presence()
    presence.sign("T1301", 0, 1)
    presence.sign("T1302", 0, 1)
    taken = presence.take_unsaved()
    presence.sign("T1302", 1, 2)
    presence.give_back(taken)
    assert presence.take_unsaved() == {"T1301": 1, "T1302": 2}
    assert presence.take_unsaved() == {}


def test_who_is_not_in_the_register_is_forgotten() -> None:
    presence = Presence()
    presence.sign("T1301", 0, 1)
    presence.sign("T1302", 0, 1)
    presence.keep_only(["T1302"])
    assert presence.online() == {"T1302": 1}
    assert presence.take_unsaved() == {"T1302": 1}
