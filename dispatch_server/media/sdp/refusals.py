"""Why a session description is not taken: each with a stable code and a sentence that says what to do."""

from dispatch_server.kit.errors import RemoteFault

ACCEPTED = ("video/H264;packetization-mode=1", "audio/opus")


class OfferMalformed(RemoteFault):
    """The text is not a session description that can be read (HTTP 400)."""

    def __init__(self, sentence: str, code: str = "offer_malformed") -> None:
        super().__init__(code, sentence)


class OfferRefused(RemoteFault):
    """The offer can be read, but nothing useful can be agreed on; `accepted` lists what would be."""

    def __init__(self, code: str, sentence: str, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(code, sentence)
        self.accepted = accepted


def codec_refused() -> OfferRefused:
    """No section has a codec that can be kept in the archive and shown in every browser."""
    return OfferRefused(
        "codec_not_accepted",
        "No usable codec: offer H.264 (packetization-mode=1, baseline, main or high profile) or Opus over SAVPF.",
        ACCEPTED,
    )


class AnswerUnusable(RemoteFault):
    """The other end's answer does not fit our offer, or takes nothing of it."""

    def __init__(self, sentence: str, code: str = "answer_unusable") -> None:
        super().__init__(code, sentence)
