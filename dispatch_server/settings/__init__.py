"""The sections of the settings; each room is handed its own, nothing imports a global."""

from dispatch_server.settings.backup import BackupSettings
from dispatch_server.settings.bucket import BucketSettings
from dispatch_server.settings.devices import DeviceSettings
from dispatch_server.settings.ledger import LedgerSettings
from dispatch_server.settings.media import LiveSettings, MediaSettings
from dispatch_server.settings.root import Settings
from dispatch_server.settings.section import Mode, Section
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

__all__ = [
    "ArchiveSettings",
    "BackupSettings",
    "BucketSettings",
    "BusSettings",
    "DatabaseSettings",
    "DeviceSettings",
    "IdentitySettings",
    "LedgerSettings",
    "LimitSettings",
    "LiveSettings",
    "LogSettings",
    "MediaSettings",
    "Mode",
    "ObjectSettings",
    "OpsSettings",
    "RedisSettings",
    "Section",
    "ServerSettings",
    "Settings",
    "SignalSettings",
    "ThreadSettings",
]
