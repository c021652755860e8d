"""Who is asking: the bearer of a media token, a publish key or a session key, and what that opens."""

from dataclasses import dataclass

from dispatch_server.kit.rates import Rate
from dispatch_server.live.on_air import StreamBook
from dispatch_server.live.publish_keys import KeyRing
from dispatch_server.live.refusals import TokenElsewhere, TokenRefused, TooManyPosts
from dispatch_server.live.tokens import (
    LONGEST_TOKEN,
    Direction,
    TokenBox,
    digest_of,
    is_terminal,
    same,
)


@dataclass(frozen=True, slots=True)
class Knock:
    """What came with a POST, beside the offer."""

    bearer: str | None
    address: str
    session_key: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer that may do what it asks for."""

    digest: bytes
    holder: str  # the sign-in behind a token, or the id of a publish key
    single_use: bool = False
    publish_key: bool = False
    session_key: str = ""  # the one it showed, when it is that of the stream on air

    @property
    def terminal(self) -> bool:
        """A token that a terminal was given for its own key (identity's TerminalCaller names the holder)."""
        return is_terminal(self.holder)


@dataclass(slots=True)
class Doorkeeper:
    """Checks bearers; an address that shows too many bad ones is told to wait before it is answered again."""

    tokens: TokenBox
    keys: KeyRing
    streams: StreamBook
    posts: Rate
    refusals: Rate
    patches: Rate
    terminal_asks: Rate
    sign_in_asks: Rate

    def publisher(self, source: str, offer: str, knock: Knock, now: float) -> Credential:
        """Who may publish `source`, or TokenRefused, TokenElsewhere, TooManyPosts."""
        try:
            found = self._publisher(source, offer, knock, now)
        except (TokenRefused, TokenElsewhere):
            self._count_refusal(knock.address, now)
            raise
        self._count_post(source, knock.address, now)
        return found

    def viewer(self, stream_id: str, offer: str, knock: Knock, now: float) -> Credential:
        try:
            digest = digest_of_bearer(knock.bearer)
            token = self.tokens.find(digest, now)
            token.check(Direction.WATCH, stream_id, offer)
        except (TokenRefused, TokenElsewhere):
            self._count_refusal(knock.address, now)
            raise
        self._count_post(stream_id, token.holder, now)
        return Credential(digest, token.holder, single_use=True)

    def check_patience(self, knock: Knock, now: float) -> None:
        """Before a body is read: a POST without any bearer is refused at once."""
        if not knock.bearer:
            self._count_refusal(knock.address, now)
            raise TokenRefused(missing=True)

    def check_patches(self, session_id: str, now: float) -> None:
        """An owner too may change its session so often only."""
        wait_s = self.patches.spend(session_id, now)
        if wait_s:
            raise TooManyPosts(wait_s)

    def count_ask(self, holder: str, now: float) -> None:
        """Before a media token is made. Raises TooManyPosts."""
        wait_s = (self.terminal_asks if is_terminal(holder) else self.sign_in_asks).spend(holder, now)
        if wait_s:
            raise TooManyPosts(wait_s)

    def sweep(self, now: float) -> None:
        self.terminal_asks.sweep(now)
        self.sign_in_asks.sweep(now)
        self.patches.sweep(now)
        self.posts.sweep(now)
        self.refusals.sweep(now)

    def _publisher(self, source: str, offer: str, knock: Knock, now: float) -> Credential:
        bearer, digest = knock.bearer or "", digest_of_bearer(knock.bearer)
        shown = knock.session_key if self._is_session_key(source, knock.session_key) else None
        if bearer.startswith("sk_"):
            if not self._is_session_key(source, bearer):
                raise TokenRefused
            return Credential(digest, self._holder_of(source), session_key=bearer)
        if bearer.startswith("pk_"):
            key = self.keys.find(digest)
            if key is None or not same(key.digest, digest):
                raise TokenRefused
            if key.source != source:
                raise TokenElsewhere("This publish key belongs to another source.")
            return Credential(digest, key.id, publish_key=True, session_key=shown or "")
        token = self.tokens.find(digest, now)
        token.check(Direction.PUBLISH, source, offer)
        return Credential(digest, token.holder, single_use=True, session_key=shown or "")

    def _is_session_key(self, source: str, key: str | None) -> bool:
        stream = self.streams.of_source(source)
        if stream is None or key is None or len(key) > LONGEST_TOKEN:
            return False
        return same(stream.session_key, digest_of(key))

    def _holder_of(self, source: str) -> str:
        stream = self.streams.of_source(source)
        return stream.holder if stream is not None else ""

    def _count_refusal(self, address: str, now: float) -> None:
        wait_s = self.refusals.spend(address, now)
        if wait_s:
            raise TooManyPosts(wait_s)

    def _count_post(self, target: str, asker: str, now: float) -> None:
        wait_s = self.posts.spend(f"{target} {asker}", now)
        if wait_s:
            raise TooManyPosts(wait_s)


def digest_of_bearer(bearer: str | None) -> bytes:
    if not bearer:
        raise TokenRefused(missing=True)
    if len(bearer) > LONGEST_TOKEN:
        raise TokenRefused
    return digest_of(bearer)
