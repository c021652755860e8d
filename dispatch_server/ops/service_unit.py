"""The unit file for systemd: this program with as few rights as it needs."""

from pathlib import Path

from dispatch_server.settings import Settings

_UNIT = """\
# Made by `dispatch-server service print`; install as /etc/systemd/system/dispatch.service, then:
#   systemctl daemon-reload && systemctl enable --now dispatch
[Unit]
Description=Dispatch server
Wants=network-online.target
After=network-online.target time-sync.target{after}

[Service]
Type=exec
User={user}
Group={user}
WorkingDirectory={folder}
ExecStart={program} serve{option}
Restart=always
RestartSec=2
TimeoutStopSec={stop_s}
LimitNOFILE=65536
UMask=0077
{state}
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
NoNewPrivileges=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
CapabilityBoundingSet={capabilities}
AmbientCapabilities={capabilities}

[Install]
WantedBy=multi-user.target
"""
_STATE = "/var/lib/"
_PRIVILEGED = 1024
_STOP_MARGIN_S = 10


def unit(settings: Settings, program: Path, folder: Path, user: str) -> str:
    """The text of the unit. Settings have their folders filled in."""
    data = settings.data_folder
    state = data.removeprefix(_STATE)
    ports = (settings.server.port, settings.media.udp_port, settings.media.tcp_port)
    writable = dict.fromkeys([data, settings.archive.folder, settings.objects.folder, settings.backup.folder])
    return _UNIT.format(
        program=_quoted(program),
        folder=folder,
        user=user,
        data=data,
        option=f" -c {_quoted(settings.file)}" if settings.file is not None else "",
        after=" redis.service" if settings.redis.url else "",
        stop_s=int(settings.server.stop_s) + _STOP_MARGIN_S,
        # systemd makes and owns it, when it is where such folders belong.
        state=f"StateDirectory={state}\nStateDirectoryMode=0700" if data.startswith(_STATE) and state else "",
        # A folder that is not there yet must not keep the unit from starting.
        writable=" ".join(f"-{_escaped(path)}" for path in writable if path),
        capabilities="CAP_NET_BIND_SERVICE" if any(0 < port < _PRIVILEGED for port in ports) else "",
    )


def _quoted(path: Path) -> str:
    text = str(path).replace("%", "%%")
    return f'"{text}"' if " " in text else text


def _escaped(path: str) -> str:
    return path.replace("%", "%%").replace(" ", "\\x20")
