"""Settings of a field terminal: one file with every key, and the environment above it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TERMINAL__"
Seconds = Annotated[float, Field(gt=0)]
Side = Annotated[int, Field(ge=64, le=4096, multiple_of=2)]
Kbps = Annotated[int, Field(ge=20, le=20_000)]


class Section(BaseModel):
    """Frozen; an unknown key is an error, because it is a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CameraKind(StrEnum):
    V4L2 = "v4l2"
    FILE = "file"
    SCENE = "scene"


class MicrophoneKind(StrEnum):
    ALSA = "alsa"
    FILE = "file"
    TONE = "tone"
    NONE = "none"


class ServerSection(Section):
    """Where to publish, as whom."""

    device_key_file: str = Field(
        "device-key.json",
        description="This device's own key, made by `dispatch-terminal enrol`; where it is, url and the next two are "
        "not needed.",
    )
    url: str = Field("http://127.0.0.1:8080", description="Address of the server; https outside of a test.")
    terminal: str = Field("T0101", description="Number of this terminal, as the server's register has it.")
    publish_key_file: str = Field(
        "publish-key", description="File that holds this terminal's publish key and nothing else, mode 0600."
    )
    ca_file: str = Field(
        "", description="PEM file with the authority of the server's certificate; empty: the usual ones."
    )
    local_host: str = Field(
        "0.0.0.0",  # noqa: S104 - the route decides, as for any client
        description="Local address to send media from; 0.0.0.0: as the route decides.",
    )


class CameraSection(Section):
    """Where pictures come from."""

    kind: CameraKind = Field(
        CameraKind.V4L2, description="v4l2 (a camera), file (a film, repeated) or scene (made up)."
    )
    device: str = Field("/dev/video0", description="The camera's device, or the film's path.")
    input_format: str = Field("", description="What the camera is asked for: mjpeg, yuyv422, …; empty: its default.")


class MicrophoneSection(Section):
    """Where sound comes from."""

    kind: MicrophoneKind = Field(
        MicrophoneKind.ALSA, description="alsa (a sound card), file (repeated), tone (made up) or none."
    )
    device: str = Field("default", description="The sound card's name, or the file's path.")
    kbps: Annotated[int, Field(ge=8, le=256)] = Field(32, description="Bit rate of the sound; it is never reduced.")


class MainSection(Section):
    """The full picture."""

    width: Side = Field(1280, description="Width in pixels; the camera is asked for it.")
    height: Side = Field(720, description="Height in pixels.")
    fps: Annotated[int, Field(ge=5, le=60)] = Field(25, description="Pictures a second.")
    kbps: Kbps = Field(1500, description="Bit rate on a good link; a bad one gets less.")
    key_frame_s: Seconds = Field(2, description="Time between key frames, of both pictures; more come on request.")


class SubSection(Section):
    """The small picture, for the wall and for bad links."""

    enabled: bool = Field(True, description="Whether it is sent.")
    width: Side = Field(320, description="Width in pixels.")
    height: Side = Field(180, description="Height in pixels.")
    kbps: Kbps = Field(250, description="Bit rate on a good link.")


class OverlaySection(Section):
    """What is written into the picture: time and number always, and these."""

    enabled: bool = Field(True, description="Whether anything is written.")
    officer: str = Field("", description="Number of the officer who carries this terminal.")
    department: str = Field("", description="Name of the department, or any other line.")
    utc_offset_hours: Annotated[float, Field(ge=-12, le=14)] = Field(8, description="Zone of the written time.")


class EncoderSection(Section):
    """How pictures are encoded."""

    prefer: str = Field(
        "auto",
        description="auto: the first hardware encoder that works, else libx264. "
        "Or one of h264_v4l2m2m, h264_nvenc, h264_qsv, libx264.",
    )
    preset: str = Field("superfast", description="Of libx264: faster ones cost less and look worse.")


class LinkSection(Section):
    """How losses of the network are met."""

    adapt: bool = Field(True, description="Send less when the link carries less; sound stays.")
    udp_s: Seconds = Field(5, description="Without an answer over UDP for this long, TCP is tried.")
    silent_s: Seconds = Field(2, description="After this much silence of the server new sockets are tried.")
    first_pause_s: Seconds = Field(
        0.5, description="Before asking again when the server did not answer; doubled each time."
    )
    longest_pause_s: Seconds = Field(5, description="The longest of these pauses.")
    refused_s: Seconds = Field(
        30, description="Before asking again when the server refuses a device that records; it goes on recording."
    )
    heartbeat_s: Seconds = Field(15, description="How often an enrolled device says how it is.")
    device_retry_s: Seconds = Field(2, description="Before a camera or sound card that was lost is opened again.")


class MasterSection(Section):
    """What is recorded on this device itself, sealed for the server, whatever the network does."""

    enabled: bool = Field(True, description="Whether an enrolled device records; without its key nothing is sealed.")
    always: bool = Field(True, description="Record whenever the agent runs; false: only during an enforcement.")
    folder: str = Field(
        "master", description="Where recordings lie, on the largest disk; a relative one is beside the device's key."
    )
    segment_s: Annotated[float, Field(ge=2, le=60)] = Field(
        30, description="Length of one file: what the server lacks is chosen by so much."
    )
    reserve_hours: Annotated[float, Field(ge=0, le=48)] = Field(
        2, description="Space for so many hours is set aside when an enforcement begins; with less it wants a reason."
    )
    low_mb: Annotated[int, Field(ge=16)] = Field(
        512, description="Less free space than this: receipted footage goes, and then the small picture is recorded."
    )
    least_mb: Annotated[int, Field(ge=4)] = Field(
        64, description="Less than this: nothing is recorded, and a gap is declared."
    )
    queue_mb: Annotated[int, Field(ge=2, le=512)] = Field(
        32, description="What a slow disk may keep waiting in memory."
    )
    upload: bool = Field(True, description="Deliver what the server lacks.")
    upload_kbps: Annotated[int, Field(ge=0)] = Field(
        0, description="Never faster than this, on air or not; 0: half of the uplink on air, all of it else."
    )
    forget_days: Annotated[int, Field(ge=1)] = Field(
        30, description="The index and receipts of what is delivered and given up are kept for so long."
    )


class TerminalSettings(BaseSettings):
    """The whole."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    server: ServerSection = ServerSection()
    camera: CameraSection = CameraSection()
    microphone: MicrophoneSection = MicrophoneSection()
    main: MainSection = MainSection()
    sub: SubSection = SubSection()
    overlay: OverlaySection = OverlaySection()
    encoder: EncoderSection = EncoderSection()
    link: LinkSection = LinkSection()
    master: MasterSection = MasterSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file, which `settings_file` hands in as arguments."""
        return env_settings, init_settings
