"""Settings of the HTTP side: where it listens, whom it believes, and the bounds of every request."""

from ipaddress import ip_address
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from dispatch_server.kit.networks import Named
from dispatch_server.kit.redact import Secret
from dispatch_server.settings.section import Count, Days, Mode, Port, Seconds, SecretText, Section, Words


class ServerSettings(Section):
    """HTTPS for the console, the API, WHIP and WHEP."""

    mode: Mode = Field(Mode.PRODUCTION, description="production, or development: issues its own sign-in links.")
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 or :: for all.")
    port: Port = Field(8080, description="TCP port; 0 takes any free one.")
    public_url: str = Field(
        "", description="How browsers reach this server (https://host:port); empty: from host and port."
    )
    tls_certificate: str = Field("", description="PEM file with the certificate chain; empty: that of `tls init`.")
    tls_key: str = Field("", description="PEM file with its private key.")
    trusted_proxies: Words = Field(
        (),
        description="Addresses and networks whose X-Forwarded-For and -Proto are believed (operations.md, TLS).",
    )
    cors_origins: Words = Field(
        ("*",), description="Origins of foreign pages that may use WHIP and WHEP with a token; never with a cookie."
    )
    console_folder: str = Field(
        "", description="The built console; empty: the one of this installation, or web_console/dist."
    )
    stop_s: Seconds = Field(10, description="Longest time that stopping may take.")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key go together")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        """`*` would let everybody say who they are."""
        Named(words)
        return words

    @model_validator(mode="after")
    def _development_stays_at_home(self) -> Self:
        """Whoever reaches a node in development mode may have every role."""
        if self.is_development and not self.is_loopback:
            raise ValueError("development mode listens on loopback only (host: 127.0.0.1)")
        return self

    @property
    def is_development(self) -> bool:
        return self.mode is Mode.DEVELOPMENT

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_behind_tls_proxy(self) -> bool:
        """Whether somebody else ends TLS: a proxy that is named, and an address that says https."""
        return bool(self.trusted_proxies) and self.public_url.startswith("https://")

    @property
    def url(self) -> str:
        """The public address, without a slash at its end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104
        return f"{'https' if self.tls_certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"


class LimitSettings(Section):
    """Bounds of connections and requests; absolute deadlines, because a slow client is never done."""

    connections: Count = Field(2000, description="Open HTTP connections in all, WebSockets included.")
    connections_per_address: Count = Field(300, description="Open HTTP connections of one client address.")
    header_s: Seconds = Field(10, description="From the first byte of a request to the end of its header.")
    header_bytes: Count = Field(32_768, description="Largest request header.")
    body_s: Seconds = Field(15, description="From the end of the header to the end of the body; uploads are exempt.")
    body_bytes: Count = Field(65_536, description="Largest request body; some routes allow more.")
    idle_s: Seconds = Field(30, description="Kept-alive connection without a request.")
    stalled_s: Seconds = Field(15, description="A client that does not read its answer, or stops in an upload.")
    requests_in_hand: Count = Field(500, description="Requests that are being answered at one time.")


class SignalSettings(Section):
    """WebSockets: one for each person or terminal."""

    connections: Count = Field(1000, description="Open WebSockets.")
    message_bytes: Count = Field(65_536, description="Largest message; a larger one ends the connection.")
    messages_per_s: Count = Field(50, description="Messages per second and connection; more ends the connection.")
    ping_s: Seconds = Field(20, description="Ping when idle; no answer in the same time ends the connection.")
    hello_s: Seconds = Field(10, description="From the opening to the client's first message.")
    handler_s: Seconds = Field(10, description="Longest execution of one message.")
    resume_s: Seconds = Field(120, description="How long a lost connection is waited for, with what it has missed.")
    outbox_messages: Count = Field(256, description="Messages to one client that wait to be acknowledged.")
    outbox_characters: Count = Field(262_144, description="Their size; beyond it the client must read anew.")
    lines: Count = Field(1500, description="Clients, connected and waited for.")
    lines_per_holder: Count = Field(8, description="Consoles of one person; the longest away makes way.")
    receipts: Count = Field(256, description="Executed messages of one client that are known when sent again.")
    terminal_check_s: Seconds = Field(2, description="How often an open connection's access token is checked.")
    terminals_s: Seconds = Field(5, description="How often consoles get the list of terminals if nothing changes.")


class IdentitySettings(Section):
    """People: sign-ins, passwords, second factors, locks."""

    idle_s: Seconds = Field(900, description="A session that nobody uses ends.")
    absolute_s: Seconds = Field(43_200, description="A session ends in any case.")
    fresh_s: Seconds = Field(600, description="A second factor counts as just shown; dangerous actions want that.")
    sign_in_link_s: Seconds = Field(600, description="Life of the one-time sign-in link (development mode).")
    step_s: Seconds = Field(300, description="From a right password to the end of the sign-in.")
    sessions: Count = Field(2000, description="Sessions at one time.")
    sessions_per_person: Count = Field(8, description="Sessions of one person; the oldest ends.")
    people: Count = Field(5000, description="Accounts, closed ones included.")
    permits_per_person: Count = Field(100, description="Permits that one person may have at one time.")
    failures: Count = Field(
        5, description="Failed tries of an account by strangers, or on one known device, before it is locked for them."
    )
    lock_s: Seconds = Field(900, description="No further try for so long.")
    failures_per_address: Count = Field(20, description="The same for one IPv4 address or IPv6 /64 of strangers.")
    password_days: Days = Field(90, description="A password must be changed after so many days; 0: never.")
    unused_days: Days = Field(90, description="An account that was not used so long is closed; 0: never.")
    one_time_password_s: Seconds = Field(259_200, description="A one-time password must be used in this time.")
    argon2_passes: Count = Field(3, description="Argon2id (RFC 9106): passes over the memory.")
    argon2_memory_kib: Count = Field(65_536, description="Memory of one comparison; two run at a time.")
    argon2_lanes: Count = Field(4, description="Lanes of one comparison.")
    sign_ins_waiting: Count = Field(32, description="Tries that wait for their comparison; more are refused.")
    issuer: str = Field("执法调度", description="How this server is called in an authenticator.")


class LogSettings(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least weight that is written.")
    format: Literal["auto", "console", "json"] = Field("auto", description="auto: console on a terminal, else json.")
    repeats_s: Seconds = Field(1, description="The same line again within this time is counted, not written.")
    kinds: Count = Field(512, description="Different lines whose repeats are counted at one time.")


class OpsSettings(Section):
    """Health and figures."""

    metrics_token: SecretText = Field(Secret(""), description="Bearer token of /metrics; empty: made at first start.")
    check_s: Seconds = Field(2, description="Longest time that one readiness check may take.")
    loop_lag_ms: Count = Field(250, description="The event loop was held up this long: it is logged and counted.")
