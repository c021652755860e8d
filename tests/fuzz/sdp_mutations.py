"""Changes descriptions as chance and malice would: lines lost, doubled, swapped, words and characters replaced."""

import random

SPLICES = [
    "a=rtcp-fb:* nack", "a=ssrc:1 cname:x", "a=ssrc-group:FID 1 2", "a=extmap:1 urn:x", "a=rid:h send",
    "a=simulcast:send h;l", "a=setup:holdconn", "a=mid:", "a=group:BUNDLE", "a=rtpmap:0", "a=fmtp:", "a=inactive",
    "a=fingerprint:sha-256", "a=candidate:", "a=bundle-only", "m=audio 0 UDP/TLS/RTP/SAVPF 0", "m=video 9 X 96",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=", "v=0", "a=ice-lite", "c=IN IP4 x", "a=label:sub",
    "a=rtpmap:96 H264/90000/x", "a=rtpmap:96 opus/48000/2/9", "a=crypto:1 x", "a=extmap:14/inactive urn:y",
]  # fmt: skip
WORDS = [
    "", " ", "0", "-1", "96", "255", "65535", "4294967295", "99999999999999999999", "x" * 300, "/", ":", ";", "=",
    "~", ",", "\t", "%s", "罚款", "\u2028", "\x00", "\x85", "１", "_1", "+1", "1e9", "nan", "apt=96", "send", "*",
]  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """One to six changes."""
    lines = text.split("\r\n")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        change = chance.randrange(9)
        if change == 0:
            del lines[at : at + chance.choice((1, 1, 1, 20))]
        elif change == 1:
            lines.insert(chance.randrange(len(lines)), lines[at])
        elif change == 2:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif change == 3:
            lines.insert(at, chance.choice(SPLICES))
        elif change == 4:
            lines[at:at] = [chance.choice(SPLICES + lines)] * chance.choice((2, 65, 400))
        elif change == 5:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        elif change == 6:
            lines[at] = changed_character(lines[at], chance)
        else:
            lines[at] = changed_word(lines[at], chance)
        lines = lines or [""]
    return chance.choice(("\r\n", "\r\n", "\r\n", "\n")).join(lines)


def changed_character(line: str, chance: random.Random) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + chr(chance.choice((chance.randrange(128), chance.randrange(0x3000)))) + line[at + 1 :]


def changed_word(line: str, chance: random.Random) -> str:
    separator = chance.choice((" ", ":", ";", "/", "="))
    words = line.split(separator)
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    return separator.join(words)
