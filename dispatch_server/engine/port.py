"""The engine's face to the slices: sessions by id, text descriptions in and out, events told to a listener."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dispatch_server.engine.figures import Figures
from dispatch_server.engine.loop import MediaLoop
from dispatch_server.kit.errors import DispatchError
from dispatch_server.live.ports import Answered, SessionFigures, StreamFigures
from dispatch_server.media.abilities import Candidate, Layer, LocalTransport, SessionPlan
from dispatch_server.media.events import PictureWanted, PublisherOverLimit, TrackArrived
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls import DtlsNode
from dispatch_server.media.link.link import (
    Link,
    LinkClosed,
    LinkConnected,
    LinkFailed,
    LinkLimits,
    LinkResumed,
    LinkSuspended,
)
from dispatch_server.media.negotiate import (
    answer_publish,
    answer_watch,
    read_fragment,
    write_restart_fragment,
)
from dispatch_server.media.peer import Peer, PeerEvent, PeerLimits
from dispatch_server.media.router import Router
from dispatch_server.media.sink import FrameSink
