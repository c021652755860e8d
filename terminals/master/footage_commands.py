"""The `footage` commands: what is recorded on this device, and whether it holds as far as this device can tell."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.footage import MalformedFootage
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.proving import prove_folder
from terminals.master.server_keys import pinned
from terminals.master.stewardship import kept_segments
from terminals.settings_file import load

footage = typer.Typer(no_args_is_help=True, help="本机录像 / What is recorded on this device.")
Config = Annotated[Path, typer.Option(help="File with the settings.")]
CONFIG = Path("config/terminal.yaml")
MB = 1e6


@footage.command("list")
def list_(config: Config = CONFIG) -> None:
    """列出 / Each master: when, for which enforcement, how much, and what the server acknowledged."""
    root = _root(config)
    keys = pinned(root)
    kept = kept_segments(root, keys.vouching if keys else None)
    for folder in folders.masters(root):
        own = [one for one in kept if one.recording == folder.name]
        try:
            card = folders.read_card(folder)
        except (MalformedFootage, OSError) as error:
            sys.stdout.write(f"{folder.name}  {error}\n")
            continue
        begun = datetime.fromtimestamp(card.opened_utc_us / 1e6, UTC)
        state = "已封存 sealed" if (folder / folders.SEAL).exists() else "录制中 open"
        receipts = sum(one.receipted for one in own)
        size = sum(one.bytes for one in own) / MB
        sys.stdout.write(
            f"{folder.name}  {begun:%Y-%m-%d %H:%M:%SZ}  {state}  {card.layer}  {size:.1f} MB  "
            f"回执 receipts {receipts}/{len(own)}  {card.enforcement}\n"
        )


@footage.command()
def verify(config: Config = CONFIG) -> None:
    """校验 / Index chains, ends and seals. The footage itself is sealed to the server: only the server can open it."""
    wrong = 0
    root, key = _root(config), _key(config)
    for folder in folders.masters(root):
        problems = prove_folder(folder, key)
        wrong += bool(problems)
        sys.stdout.write(f"{folder.name}  {'; '.join(problems) or 'ok'}\n")
    sys.stdout.write(
        "已核对索引链、结束记录、封存签名和文件长度；录像内容已加密，只有服务器能逐字节核对 / "
        "index chains, ends, seals and lengths were checked; the bytes are sealed, and only the server can check them\n"
    )
    if wrong:
        raise typer.Exit(1)


def _key(config: Path) -> DeviceKey:
    try:
        return DeviceKey.read(Path(load(config).server.device_key_file).expanduser())
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None


def _root(config: Path) -> Path:
    from terminals.master.assembly import root_of

    try:
        return root_of(load(config))
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None
