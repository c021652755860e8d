"""The unit gives the program what it needs and not more."""

from pathlib import Path

from dispatch_server.kit.redact import Secret
from dispatch_server.ops.service_unit import unit
from dispatch_server.settings import BackupSettings, RedisSettings, ServerSettings, Settings
from dispatch_server.settings.loading import with_folders

PROGRAM, FOLDER = Path("/opt/dispatch/bin/dispatch-server"), Path("/opt/dispatch")


def lines(settings: Settings) -> list[str]:
    return unit(with_folders(settings), PROGRAM, FOLDER, "dispatch").splitlines()


def test_a_node_under_var_lib() -> None:
    settings = Settings(data_folder="/var/lib/dispatch", backup=BackupSettings(folder="/srv/back up"))
    found = lines(settings.read_from(Path("/etc/dispatch/server.yaml")))
    assert f"ExecStart={PROGRAM} serve -c /etc/dispatch/server.yaml" in found
    assert "StateDirectory=dispatch" in found
    assert (
        r"ReadWritePaths=-/var/lib/dispatch -/var/lib/dispatch/archive -/var/lib/dispatch/objects -/srv/back\x20up"
        in found
    )
    assert "CapabilityBoundingSet=" in found and "NoNewPrivileges=yes" in found and "User=dispatch" in found


def test_elsewhere_with_a_low_port_and_redis() -> None:
    redis = RedisSettings(url=Secret("redis://h/0"))
    found = lines(Settings(data_folder="/srv/dispatch", server=ServerSettings(port=443), redis=redis))
    assert not [line for line in found if line.startswith("StateDirectory")]
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in found
    assert any(line.startswith("After=") and line.endswith("redis.service") for line in found)
