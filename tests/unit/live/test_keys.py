"""Publish keys: one for a source, known by digest, taken away at once."""

import pytest

from dispatch_server.live.refusals import KeyExists, KeyUnknown, SourceUnknown, TokenElsewhere, TokenRefused
from tests.unit.live.room import ADMIN, Room


async def test_a_key_publishes_its_source_and_no_other() -> None:
    room = Room()
    secret, key = await room.parts.keys.issue("T0101", "OBS", ADMIN)
    assert secret.startswith("pk_")
    assert secret not in repr(room.key_store.rows)
    with pytest.raises(TokenElsewhere):
        room.publish("T0102", bearer=secret)
    assert room.publish("T0101", bearer=secret)
    await room.parts.keys.refresh()
    assert room.key_store.used_last == {key.id: room.world.utc_us()}


async def test_a_source_has_one_key() -> None:
    room = Room()
    _, key = await room.parts.keys.issue("T0101", "", ADMIN)
    with pytest.raises(KeyExists):
        await room.parts.keys.issue("T0101", "", ADMIN)
    await room.parts.keys.revoke(key.id, ADMIN)
    assert await room.parts.keys.issue("T0101", "", ADMIN)
    with pytest.raises(SourceUnknown):
        await room.parts.keys.issue("T9901", "", ADMIN)


async def test_revocation_ends_the_live_session_and_cannot_be_undone_by_a_session_key() -> None:
    room = Room()
    secret, key = await room.parts.keys.issue("T0101", "", ADMIN)
    opened = room.go_live(bearer=secret)
    await room.parts.keys.revoke(key.id, ADMIN)
    assert room.media.sessions == {}
    assert room.bus.names() == ["StreamStarted", "StreamEnded"]
    for bearer in (secret, opened.session_key or ""):
        with pytest.raises(TokenRefused):
            room.publish(bearer=bearer)
    with pytest.raises(KeyUnknown):
        await room.parts.keys.revoke(key.id, ADMIN)
