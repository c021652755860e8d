"""Recorded offers, a server's and a client's transport, and small changes to a description's text."""

from pathlib import Path

from dispatch_server.media.abilities import Candidate, Fingerprint, IceCredentials, LocalTransport

OFFERS = Path(__file__).parents[3] / "data" / "offers"
DIGEST = ":".join(["AB"] * 32)
SERVER = LocalTransport(
    credentials=IceCredentials("serverUfrag", "serverPassword0123456789"),
    fingerprint=Fingerprint("sha-256", DIGEST),
    candidates=(Candidate("198.51.100.7", 8443), Candidate("198.51.100.7", 8443, "tcp")),
    cname="stream7",
)
CLIENT = LocalTransport(
    credentials=IceCredentials("clientUfrag", "clientPassword0123456789"),
    fingerprint=Fingerprint("sha-256", ":".join(["CD"] * 32)),
    candidates=(),
    ice_lite=False,
    cname="terminal7",
)


def recorded(name: str) -> str:
    """The text of an offer in tests/data/offers."""
    return (OFFERS / f"{name}.sdp").read_bytes().decode()


def recorded_names(word: str) -> list[str]:
    return sorted(path.stem for path in OFFERS.glob("*.sdp") if word in path.stem)


def changed(text: str, old: str, new: str, *, times: int = -1) -> str:
    """The text with `old` replaced; a test that changes nothing tests nothing."""
    assert old in text, f"{old!r} is not in the text"
    return text.replace(old, new, times)


def without(text: str, *beginnings: str) -> str:
    """The text without the lines that begin so."""
    lines = text.split("\r\n")
    kept = [line for line in lines if not line.startswith(beginnings)]
    assert len(kept) < len(lines), f"no line begins with {beginnings}"
    return "\r\n".join(kept)


def sections(text: str) -> list[list[str]]:
    """The lines of each m= section."""
    found: list[list[str]] = []
    for line in text.split("\r\n"):
        if line.startswith("m="):
            found.append([])
        if found and line:
            found[-1].append(line)
    return found


def offer(*section_lines: list[str], bundle: str | None = None) -> str:
    """A browser-like offer of these sections, mids 0, 1, ...; each needs only what it wants to say."""
    mids = " ".join(str(number) for number in range(len(section_lines)))
    lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", bundle or f"a=group:BUNDLE {mids}"]
    for number, section in enumerate(section_lines):
        lines += [
            section[0],
            "c=IN IP4 0.0.0.0",
            f"a=mid:{number}",
            "a=ice-ufrag:abcd",
            "a=ice-pwd:abcdefghijklmnopqrstuv",
            f"a=fingerprint:sha-256 {DIGEST}",
            "a=setup:actpass",
            "a=rtcp-mux",
            *section[1:],
        ]
    return "\r\n".join(lines) + "\r\n"


def video(*more: str, direction: str = "sendonly", profile: str = "42e01f", mode: str = "1") -> list[str]:
    return [
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        f"a={direction}",
        "a=rtpmap:96 H264/90000",
        f"a=fmtp:96 packetization-mode={mode};profile-level-id={profile}",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        *more,
    ]


def audio(*more: str, direction: str = "sendonly", codec: str = "opus/48000/2") -> list[str]:
    return ["m=audio 9 UDP/TLS/RTP/SAVPF 111", f"a={direction}", f"a=rtpmap:111 {codec}", *more]
