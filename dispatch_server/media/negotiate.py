"""Session descriptions in and out: text and abilities to text and a plan. Pure; the parts are in `sdp`."""

from dispatch_server.media.sdp.client import (
    offer_publish,
    offer_watch,
    read_publish_answer,
    read_watch_answer,
)
from dispatch_server.media.sdp.fragment import Fragment, read_fragment, write_restart_fragment
from dispatch_server.media.sdp.limits import OfferLimits
from dispatch_server.media.sdp.publish import answer_publish
from dispatch_server.media.sdp.refusals import ACCEPTED, AnswerUnusable, OfferMalformed, OfferRefused
from dispatch_server.media.sdp.watch import answer_watch

__all__ = [
    "ACCEPTED",
    "AnswerUnusable",
    "Fragment",
    "OfferLimits",
    "OfferMalformed",
    "OfferRefused",
    "answer_publish",
    "answer_watch",
    "offer_publish",
    "offer_watch",
    "read_fragment",
    "read_publish_answer",
    "read_watch_answer",
    "write_restart_fragment",
]
