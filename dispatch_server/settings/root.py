"""All sections together, as one file and the environment give them."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dispatch_server.settings.backup import BackupSettings
from dispatch_server.settings.bucket import BucketSettings
from dispatch_server.settings.cases import CaseSettings
from dispatch_server.settings.devices import DeviceSettings
from dispatch_server.settings.enforcement import EnforcementSettings
from dispatch_server.settings.exports import ExportSettings
from dispatch_server.settings.ledger import LedgerSettings
from dispatch_server.settings.media import LiveSettings, MediaSettings
from dispatch_server.settings.section import Words
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
    UploadSettings,
)

PREFIX = "DISPATCH__"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings were read from, which is no part of what they say: the same from elsewhere are equal."""

    file: Path | None = field(default=None, compare=False)


class Settings(BaseSettings):
    """The whole; only wiring sees it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        validate_default=False,
    )

    _origin: Origin = PrivateAttr(Origin())
    data_folder: str = Field("var", description="Everything that this node keeps (made with mode 0700).")
    departments_file: str = Field("config/departments.yaml", description="The tree of departments and their terminals.")
    organisation_files: Words = Field(
        ("config/enforcement_items.yaml", "config/officers.yaml"),
        description="What else a new county begins with: enforcement items, delegations, officers.",
    )
    recording_steps_file: str = Field(
        "config/recording_steps.yaml", description="Which steps of an enforcement must be on record."
    )
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    signals: SignalSettings = SignalSettings()
    identity: IdentitySettings = IdentitySettings()
    devices: DeviceSettings = DeviceSettings()
    enforcement: EnforcementSettings = EnforcementSettings()
    media: MediaSettings = MediaSettings()
    live: LiveSettings = LiveSettings()
    archive: ArchiveSettings = ArchiveSettings()
    exports: ExportSettings = ExportSettings()
    uploads: UploadSettings = UploadSettings()
    cases: CaseSettings = CaseSettings()
    database: DatabaseSettings = DatabaseSettings()
    ledger: LedgerSettings = LedgerSettings()
    redis: RedisSettings = RedisSettings()
    bus: BusSettings = BusSettings()
    objects: ObjectSettings = ObjectSettings()
    bucket: BucketSettings = BucketSettings()
    threads: ThreadSettings = ThreadSettings()
    log: LogSettings = LogSettings()
    ops: OpsSettings = OpsSettings()
    backup: BackupSettings = BackupSettings()

    @property
    def file(self) -> Path | None:
        """The file that it was read from."""
        return self._origin.file

    def read_from(self, file: Path | None) -> "Settings":
        self._origin = Origin(file)
        return self

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
    for name, entry in Settings.model_fields.items():
        if isinstance(entry.annotation, type) and issubclass(entry.annotation, BaseModel):
            found[name] = entry.annotation
    return found
