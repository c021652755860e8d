"""Attacks on assertions and access tokens (A2): confusion, kid, jku, wrong words, age, size, nesting: 0 accepted."""

import pytest

from dispatch_server.devices import access_token, assertion
from tests.integration.devices.forgeries import ATTACKS, assembled, by_stranger, claims, forged_tokens, header
from tests.integration.devices.rig import GRANT, Device, Rig


def test_there_are_forty_attacks_and_more() -> None:
    assert len(ATTACKS) >= 40


async def test_no_forged_assertion_is_accepted(rig: Rig) -> None:
    device = await rig.enrol()
    for name, forge in ATTACKS.items():
        answer = await rig.post_assertion(forge(rig, device))
        assert (answer.status_code, answer.json()["code"]) == (401, "assertion_refused"), name
        rig.advance(7)  # ten wrong ones a minute
    assert (await rig.post_assertion(device.assertion(rig.utc_us))).status_code == 200


async def test_a_p256_device_gets_a_token_and_no_other_algorithm(rig: Rig) -> None:
    device = await rig.enrol(device=Device.p256())
    assert (await rig.heartbeat(await rig.token(device))).status_code == 200
    for algorithm in ("ES384", "ES256K", "HS256", "Ed25519", "none"):
        forged = assembled(header(device, alg=algorithm), claims(rig, device))
        assert (await rig.post_assertion(forged)).status_code == 401, algorithm


async def test_an_assertion_is_used_once_also_by_many_at_once(rig: Rig) -> None:
    device = await rig.enrol()
    said = device.assertion(rig.utc_us)
    assert [(await rig.post_assertion(said)).status_code for _ in range(3)] == [200, 401, 401]
    rig.advance(89)  # it would hold until then, with the tolerance: and is still remembered
    assert (await rig.post_assertion(said)).status_code == 401


async def test_what_was_signed_before_this_process_began_may_have_been_used(rig: Rig) -> None:
    device = await rig.enrol()
    said = device.assertion(rig.utc_us)
    rig.advance(2)  # the tolerance is no way around it
    rig.devices.parts.enrolling.begun_utc_us = rig.utc_us  # as after a restart
    assert (await rig.post_assertion(said)).status_code == 401
    assert (await rig.post_assertion(device.assertion(rig.utc_us))).status_code == 200


async def test_guessing_assertions_is_slowed_down_for_that_address_alone(rig: Rig) -> None:
    device = await rig.enrol()
    statuses = [(await rig.post_assertion("x.y.z")).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert rig.devices.parts.enrolling.grant(device.assertion(rig.utc_us), "192.0.2.77")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (f"grant_type={GRANT}&assertion=a.b.c&assertion=d.e.f", 401),
        ("grant_type=password&assertion=a.b.c", 400),
        ("assertion=a.b.c", 400),
        (f"grant_type={GRANT}", 401),
        ("x" * 9000, 401),
        ("", 400),
    ],
)
async def test_odd_forms_are_refused(rig: Rig, body: str, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await rig.field.post("/api/v1/terminals/token", content=body, headers=headers)
    assert answer.status_code == status
    as_json = await rig.field.post("/api/v1/terminals/token", json={"grant_type": GRANT, "assertion": "a.b.c"})
    assert as_json.status_code == 415


async def test_no_forged_access_token_is_accepted(rig: Rig) -> None:
    device = await rig.enrol()
    good = await rig.token(device)
    for name, token in forged_tokens(rig, device, good).items():
        for answer in (await rig.heartbeat(token), await rig.media_token(token)):
            assert answer.status_code == 401, name
    assert (await rig.heartbeat(good)).status_code == 200


async def test_an_access_token_holds_a_quarter_of_an_hour(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    rig.advance(899)
    assert (await rig.heartbeat(token)).status_code == 200
    rig.advance(1)
    assert (await rig.heartbeat(token)).status_code == 401


async def test_these_attacks_can_succeed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the signature's check the stranger gets in; without the check of the words, the expired one."""
    device = await rig.enrol()
    with monkeypatch.context() as off:
        off.setattr(assertion, "is_signed", lambda token, key, algorithm: True)
        assert (await rig.post_assertion(by_stranger(rig, device))).status_code == 200
    with monkeypatch.context() as off:
        off.setattr(assertion, "_check_claims", lambda content, names, key, expected: None)
        assert (await rig.post_assertion(ATTACKS["expired"](rig, device))).status_code == 200
        assert (await rig.post_assertion(ATTACKS["wrong aud"](rig, device))).status_code == 200
    good = await rig.token(device)
    with monkeypatch.context() as off:
        off.setattr(access_token, "is_signed", lambda token, key, algorithm: True)
        head, content, _ = good.split(".")
        assert (await rig.heartbeat(f"{head}.{content}.AAAA")).status_code == 200
    with monkeypatch.context() as off:
        off.setattr(assertion.UsedOnce, "use", lambda self, key_id, jti, now: None)
        said = device.assertion(rig.utc_us)
        assert [(await rig.post_assertion(said)).status_code for _ in range(2)] == [200, 200]
