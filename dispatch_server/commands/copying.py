"""backup and restore of a node."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch_server.commands.keys import ask_shares
from dispatch_server.commands.looking import examined
from dispatch_server.commands.options import ConfigFile, refusals_told, settings_of, stop


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to; default: backup.folder of the settings.")] = None,
    config: ConfigFile = None,
    with_media: Annotated[bool, typer.Option("--with-media", help="Recordings and objects as well.")] = False,
    keep: Annotated[int | None, typer.Option(min=1, help="How many are kept; default: backup.keep.")] = None,
) -> None:
    """Make a backup while the node runs or stands still."""
    from dispatch_server.ops.backup import Backup
    from dispatch_server.runtime.world import World

    settings = settings_of(config)
    if folder is None and not settings.backup.folder:
        stop("请指定目录，或设置 backup.folder\n  Name a folder, or set backup.folder")
    into = folder or Path(settings.backup.folder)
    with refusals_told():
        made = Backup(settings, World()).make(into, keep=keep or settings.backup.keep, with_media=with_media)
    typer.echo(f"备份完成 backup made: {made.folder}")
    held = made.manifest
    typer.echo(f"  {len(held.files)} 个文件 files, {made.size / 1e6:.1f} MB, {held.recordings} 条录像 recordings")
    for warning in made.warnings:
        typer.echo(f"  ! {warning}", err=True)


def restore(
    folder: Annotated[Path, typer.Argument(help="One backup: a folder dispatch-….")],
    config: ConfigFile = None,
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave the keys sealed.")] = False,
) -> None:
    """Put a backup back onto an empty data folder, then look at the node."""
    from dispatch_server.ops.escrow import FOLDER as ESCROW
    from dispatch_server.ops.manifest import verified
    from dispatch_server.ops.restore import restore as put_back
    from dispatch_server.runtime.world import World

    settings = settings_of(config)
    with refusals_told():
        manifest = verified(folder)
        typer.echo("备份完整无损，开始恢复 / the backup is whole; restoring")
        shares = ask_shares() if manifest.with_keys and not without_keys else None
        restored = put_back(folder, settings, World(), shares)
    typer.echo(f"已恢复 restored: {settings.data_folder}, {len(restored.keys)} 个密钥 keys")
    if restored.settings_file is not None:
        typer.echo(f"原配置 settings of then: {restored.settings_file}")
    if not restored.keys:
        sealed = Path(settings.data_folder) / ESCROW / "keys.sealed"
        typer.echo(f"密钥尚未恢复 / the keys are still sealed: dispatch-server keys restore {sealed}", err=True)
    typer.echo(
        "  ! 备份之后撤销的终端、密钥、授权和人员权限又恢复有效，请先重新撤销再启动\n"
        "  ! What was revoked after this backup (terminals, keys, permits, people) holds again: revoke it anew",
        err=True,
    )
    if not manifest.with_media:
        typer.echo("录像文件不在此备份中，请另行拷回 / recordings are not in it: copy the archive back")
    # Read anew: the certificate of the backup is in its place now.
    if examined(settings_of(config), for_tests=False):
        raise typer.Exit(1)
