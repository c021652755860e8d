"""WHIP over HTTP: from the offer to the end of the session (RFC 9725)."""

import pytest

from tests.integration.live.rig import FRAGMENT, SDP, Rig, bearing
from tests.unit.live.fakes import OFFER


async def test_post_answers_201_with_location_etag_and_session_key(rig: Rig) -> None:
    _, answer = await rig.go_live()
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.text.startswith("v=0")
    assert answer.headers["etag"] == '"ice1"'
    assert answer.headers["session-key"].startswith("sk_")
    resource = answer.headers["location"].rpartition("/")[2]
    assert answer.headers["location"] == f"/whip/sessions/{resource}"
    assert len(bytes.fromhex(resource)) * 8 == 128
    assert resource in rig.room.media.sessions


async def test_trickle_is_204_and_a_restart_200_with_a_new_etag(rig: Rig) -> None:
    bearer, answer = await rig.go_live()
    place, tag = answer.headers["location"], answer.headers["etag"]
    headers = {**FRAGMENT, **bearing(bearer)}
    trickle = await rig.stranger.patch(place, content="a=candidate:1", headers={**headers, "If-Match": tag})
    assert (trickle.status_code, trickle.content) == (204, b"")
    assert "etag" not in trickle.headers
    restart = await rig.stranger.patch(place, content="a=ice-ufrag:restart", headers={**headers, "If-Match": "*"})
    assert restart.status_code == 200
    assert restart.headers["content-type"] == FRAGMENT["Content-Type"]
    assert restart.headers["etag"] not in (tag, "")
    late = await rig.stranger.patch(place, content="a=candidate:1", headers={**headers, "If-Match": tag})
    assert late.status_code == 412
    bare = await rig.stranger.patch(place, content="a=candidate:1", headers=headers)
    assert bare.status_code == 428
    assert bare.json()["code"] == "if_match_missing"


async def test_delete_ends_the_stream(rig: Rig) -> None:
    bearer, answer = await rig.go_live()
    gone = await rig.stranger.delete(answer.headers["location"], headers=bearing(bearer))
    assert gone.status_code == 200
    assert rig.room.bus.names() == ["StreamStarted", "StreamEnded"]
    assert rig.room.media.sessions == {}
    again = await rig.stranger.delete(answer.headers["location"], headers=bearing(bearer))
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("offer", "headers", "status", "code"),
    [
        ("hello", {}, 400, "offer_malformed"),
        (OFFER, {"Content-Type": "text/plain"}, 415, "media_type_unsupported"),
        (OFFER + "a=rtpmap:96 VP8/90000\r\n", {}, 415, "codec_not_accepted"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, {}, 413, "too_large"),
    ],
)
async def test_an_offer_that_cannot_be_taken_says_why(
    rig: Rig, offer: str, headers: dict[str, str], status: int, code: str
) -> None:
    bearer = (await rig.token("publish", "T0101"))["token"]
    answer = await rig.post("/whip/T0101", bearer, offer, **headers)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]
    if status == 415:
        assert problem["accepted"]
    # A refused offer does not use the token up.
    assert (await rig.post("/whip/T0101", bearer)).status_code == 201


async def test_no_token_is_401_with_a_challenge(rig: Rig) -> None:
    missing = await rig.post("/whip/T0101", None)
    assert (missing.status_code, missing.headers["www-authenticate"]) == (401, "Bearer")
    wrong = await rig.post("/whip/T0101", "mt_wrong")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "token_refused")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]


async def test_options_and_foreign_pages(rig: Rig) -> None:
    asked = {"Origin": "https://player.example", "Access-Control-Request-Method": "POST"}
    options = await rig.stranger.options("/whip/T0101", headers=asked)
    assert options.status_code == 200
    assert options.headers["accept-post"] == "application/sdp"
    assert options.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in options.headers["access-control-allow-headers"]
    refused = await rig.post("/whip/T0101", None, Origin="https://player.example")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "Location" in refused.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in refused.headers


ENDPOINT, SESSION = "GET, HEAD, POST, OPTIONS", "GET, HEAD, PATCH, DELETE, OPTIONS"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/whip/T0101", "/whip/sessions/x", "/whep/T0101", "/whep/sessions/x"])
async def test_get_is_success_without_content(rig: Rig, method: str, path: str) -> None:
    """RFC 9725 section 4.1; and no path tells whether anything is there."""
    answer = await rig.stranger.request(method, path)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("path", "methods", "allow"),
    [
        ("/whip/T0101", ("PUT", "PATCH", "DELETE", "TRACE"), ENDPOINT),
        ("/whep/T0101", ("PUT", "PATCH", "DELETE", "TRACE"), ENDPOINT),
        ("/whip/sessions/x", ("PUT", "POST", "TRACE"), SESSION),
        ("/whep/sessions/x", ("PUT", "POST", "TRACE"), SESSION),
        ("/whep/sessions/x/layer", ("GET", "POST", "DELETE"), "PUT, OPTIONS"),
    ],
)
async def test_other_methods_are_405_and_are_told_all_that_work(
    rig: Rig, path: str, methods: tuple[str, ...], allow: str
) -> None:
    for method in methods:
        answer = await rig.stranger.request(method, path, content=OFFER, headers=SDP)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == allow
    assert (await rig.stranger.options(path)).headers["allow"] == allow
