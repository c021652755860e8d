"""All sections together, as one file and the environment give them."""

from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dispatch_server.settings.devices import DeviceSettings
from dispatch_server.settings.media import LiveSettings, MediaSettings
from dispatch_server.settings.server import (
    IdentitySettings,
    LimitSettings,
    LogSettings,
    OpsSettings,
    ServerSettings,
    SignalSettings,
)
from dispatch_server.settings.storage import (
    ArchiveSettings,
    BusSettings,
    DatabaseSettings,
    ObjectSettings,
    RedisSettings,
    ThreadSettings,
)

PREFIX = "DISPATCH__"


class Settings(BaseSettings):
    """The whole; only wiring sees it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        validate_default=False,
    )

    data_folder: str = Field("var", description="Everything that this node keeps (made with mode 0700).")
    departments_file: str = Field("config/departments.yaml", description="The tree of departments and their terminals.")
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    signals: SignalSettings = SignalSettings()
    identity: IdentitySettings = IdentitySettings()
    devices: DeviceSettings = DeviceSettings()
    media: MediaSettings = MediaSettings()
    live: LiveSettings = LiveSettings()
    archive: ArchiveSettings = ArchiveSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    bus: BusSettings = BusSettings()
    objects: ObjectSettings = ObjectSettings()
    threads: ThreadSettings = ThreadSettings()
    log: LogSettings = LogSettings()
    ops: OpsSettings = OpsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file, which `loading` hands in as arguments."""
        return env_settings, init_settings


def sections() -> dict[str, type[BaseModel]]:
    """The sections by name, in the order of the file."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found[name] = field.annotation
    return found
