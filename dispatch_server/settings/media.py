"""Settings of the media side: ports, addresses, and a bound for every queue, cache, map and rate."""

from pydantic import Field

from dispatch_server.settings.section import Bytes, Count, Port, Seconds, Section, Words


class MediaSettings(Section):
    """The engine: one UDP port and one TCP port for all media."""

    host: str = Field("0.0.0.0", description="Address that the media ports are bound to.")  # noqa: S104
    udp_port: Port = Field(8189, description="UDP port of all media; 0 takes any free one.")
    tcp_port: Port = Field(8189, description="TCP port of media where UDP is blocked (ICE-TCP); 0 takes any free one.")
    tcp_enabled: bool = Field(True, description="Whether media over TCP is offered.")
    announced_addresses: Words = Field(
        (), description="Addresses at which terminals and browsers reach the media ports; empty: this machine's own."
    )
    batching: bool = Field(True, description="Let the kernel join equal datagrams (UDP_GRO, UDP_SEGMENT).")
    batch_datagrams: Count = Field(512, description="Datagrams taken from the socket in one go.")
    drain_interval_ms: Seconds = Field(
        1, description="Under load the socket is drained this often at most; half as often under heavy load."
    )
    socket_buffer_bytes: Bytes = Field(8_388_608, description="Kernel buffer wanted for the UDP socket, each way.")

    sessions: Count = Field(2000, description="Publishing and watching sessions in all.")
    publishers: Count = Field(200, description="Publishing sessions.")
    viewers_per_stream: Count = Field(500, description="Watching sessions of one stream.")
    addresses_per_session: Count = Field(8, description="Checked addresses of one remote end; the oldest goes.")
    tcp_connections: Count = Field(256, description="Media connections over TCP.")
    tcp_buffer_bytes: Bytes = Field(262_144, description="What may wait to be written to one of them.")
    handshake_s: Seconds = Field(10, description="From the answer to the end of the DTLS handshake.")
    consent_s: Seconds = Field(
        30, description="Silence after which nothing more is sent (RFC 7675) and the link is lost."
    )
    suspended_s: Seconds = Field(600, description="How long a lost link may come back by itself.")
    certificate_days: Count = Field(30, description="Life of the DTLS certificate that a start makes.")

    max_publisher_kbps: Count = Field(8000, description="Bit rate of one publisher, all tracks; the rest is dropped.")
    max_publisher_packets_per_s: Count = Field(3000, description="Packets per second of one publisher.")
    max_rtcp_per_s: Count = Field(200, description="RTCP packets per second of one remote end.")
    over_limit_s: Seconds = Field(10, description="A publisher that stays over its limit this long is ended.")


class LiveSettings(Section):
    """Streams on air: tokens, WHIP and WHEP."""

    media_token_s: Seconds = Field(60, description="Life of a media token until its session is opened.")
    media_tokens: Count = Field(10_000, description="Tokens that are issued and not yet used.")
    grace_s: Seconds = Field(600, description="A lost publisher that returns within this time continues its stream.")
    offer_bytes: Count = Field(65_536, description="Largest session description.")
    posts_per_minute: Count = Field(10, description="WHIP and WHEP offers per minute of one source or person.")
    publish_keys: Count = Field(1000, description="Publish keys that are not revoked.")
    figures_s: Seconds = Field(1, description="How often the figures of the streams are read.")
