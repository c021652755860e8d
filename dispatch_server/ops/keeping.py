"""What the doctor looks at of keys and copies: who can read them, whether there is a backup, whether it was tried."""

from collections.abc import Iterator
from pathlib import Path

from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.finding import Finding, Side, mend, note, well
from dispatch_server.ops.backup import backups_in, made_utc_us
from dispatch_server.ops.certificates import RENEW_DAYS, days_left, end_of
from dispatch_server.ops.escrow import Differences, Escrow, EscrowRefused
from dispatch_server.ops.preflight import refuse_unsafe
from dispatch_server.runtime.world import World
from dispatch_server.settings import ServerSettings, Settings
from dispatch_server.web.tls import CannotListen, ServerTls

DRILL_DAYS = 180
BACKUP_HOURS = 26
_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000


def look_at_secrets(settings: Settings) -> Iterator[Finding]:
    """What `serve` would refuse."""
    try:
        refuse_unsafe(settings)
    except DispatchError as error:
        zh = "serve 会拒绝启动"
        yield mend(Side.HERE, zh, f"serve would refuse to start:\n  {error.sentence}", "见上", "see above")
    else:
        yield well(Side.HERE, "密钥与口令：权限正确，非默认值", "secrets are closed to others and none is a default")


def look_at_escrow(settings: Settings, world: World) -> Iterator[Finding]:
    escrow = Escrow(Path(settings.data_folder), world)
    found = _differences(escrow)
    drilled = escrow.drilled_utc_us()
    if not escrow.is_set_up:
        yield note(
            Side.HERE,
            "密钥没有封存副本：机器损坏后无法恢复",
            "there is no sealed copy of the keys: they are lost with this machine",
            "dispatch-server keys escrow",
        )
    elif found is None or found.suspicious:
        names = ", ".join(found.suspicious) if found is not None else str(escrow.copy)
        yield mend(
            Side.HERE,
            f"与封存的密钥不同：{names}；若不是你们更换的，请查明原因",
            f"not as it was sealed: {names}; find out why, unless you changed it yourselves",
            "keys restore-drill；确认现用密钥正确后再 dispatch-server keys escrow",
            "keys restore-drill; once the keys in use are known to be right: dispatch-server keys escrow",
        )
    elif found.added or found.changed:
        yield note(
            Side.HERE,
            "有密钥在封存之后才产生（服务下次启动时会自动封存）",
            "keys were made after they were sealed (the next start of the server seals them)",
            "dispatch-server keys escrow",
        )
    elif drilled is None or world.utc_us() - drilled > DRILL_DAYS * _DAY_US:
        yield note(
            Side.HERE,
            f"密钥恢复演练超过 {DRILL_DAYS} 天未做",
            f"the shares of the keys were not tried for {DRILL_DAYS} days",
            "dispatch-server keys restore-drill",
        )
    else:
        yield well(Side.HERE, "密钥已封存，演练通过", "the keys are sealed, and the shares were tried")


def _differences(escrow: Escrow) -> Differences | None:
    """None when the copy cannot be read."""
    try:
        return escrow.differences()
    except EscrowRefused:
        return None


def look_at_backup(settings: Settings, world: World) -> Iterator[Finding]:
    if not settings.backup.folder:
        yield note(
            Side.HERE,
            "没有设置每日备份",
            "no daily backup is made",
            "设置 backup.folder（另一块磁盘或另一台机器）",
            "set backup.folder, on another disk or machine",
        )
        return
    found = backups_in(Path(settings.backup.folder))
    hours = (world.utc_us() - made_utc_us(found[0])) / _HOUR_US if found else None
    if hours is None or hours > BACKUP_HOURS:
        yield mend(
            Side.HERE,
            f"{BACKUP_HOURS} 小时内没有备份：{settings.backup.folder}",
            f"no backup of the last {BACKUP_HOURS} hours in {settings.backup.folder}",
            "查看日志中的 backup 行；立即备份：dispatch-server backup",
            "look for `backup` in the log; to make one now: dispatch-server backup",
        )
    else:
        yield well(Side.HERE, f"最近一次备份在 {hours:.0f} 小时前", f"the newest backup is {hours:.0f} hours old")


def look_at_certificate(server: ServerSettings, world: World) -> Iterator[Finding]:
    """Browsers give no camera to a page without TLS, unless it is on localhost."""
    if not server.tls_certificate:
        if not server.is_development and not server.url.startswith(("https:", "http://localhost", "http://127.")):
            yield note(
                Side.HERE,
                "明文 HTTP：浏览器不会提供摄像头和麦克风",
                "plain HTTP: browsers give neither camera nor microphone to such a page",
                "dispatch-server tls init，或在前面放置 TLS 代理并设置 public_url",
                "dispatch-server tls init, or put a proxy with TLS before it and set public_url",
            )
        return
    certificate = Path(server.tls_certificate)
    try:
        ServerTls(server.tls_certificate, server.tls_key).load()
        left, ends = days_left(certificate, world.utc_us()), end_of(certificate)
    except (CannotListen, OSError, ValueError) as error:
        yield mend(
            Side.HERE,
            "证书无法使用",
            f"the certificate cannot be used: {error}",
            "dispatch-server tls init，或在配置中给出配对的两个 PEM 文件",
            "dispatch-server tls init, or give both PEM files of one key pair in the settings",
        )
        return
    if left < 0:
        zh, en = f"证书已于 {ends:%Y-%m-%d} 过期", f"the certificate ended on {ends:%Y-%m-%d}"
        yield mend(Side.HERE, zh, en, "dispatch-server tls renew")
    elif left < RENEW_DAYS:
        zh, en = f"证书将于 {ends:%Y-%m-%d} 到期", f"the certificate ends on {ends:%Y-%m-%d}"
        yield note(Side.HERE, zh, en, "dispatch-server tls renew")
    else:
        yield well(Side.HERE, f"证书有效期至 {ends:%Y-%m-%d}", f"the certificate holds until {ends:%Y-%m-%d}")
