"""keys escrow, restore-drill and restore: the copy of the keys that two administrators open together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch_server.commands.options import ConfigFile, asked_in_secret, refusals_told, settings_of
from dispatch_server.kit.errors import DispatchError
from dispatch_server.settings import Settings

if TYPE_CHECKING:
    from dispatch_server.ops.escrow import Escrow
    from dispatch_server.ops.shares import Share

keys = typer.Typer(no_args_is_help=True, help="The copy of the keys that two administrators open together.")


@keys.command()
def escrow(
    config: ConfigFile = None,
    new_shares: Annotated[bool, typer.Option("--new-shares", help="New shares, when one was lost.")] = False,
    first_file: Annotated[Path | None, typer.Option(help="Write the first share here, not on the screen.")] = None,
    second_file: Annotated[Path | None, typer.Option(help="The same for the second one.")] = None,
) -> None:
    """Make two shares (once) and seal the keys for them; later: seal them anew for the same shares."""
    from dispatch_server.commands.handing_out import files_or_screen, hand_out, take_back

    settings = settings_of(config)
    with refusals_told():
        held = _escrow(settings)
        if held.is_set_up and not new_shares:
            typer.echo(f"已用原有的两份口令片重新封存 {held.refresh()} 个密钥文件 / sealed anew for the same shares")
            typer.echo(f"  {held.copy}")
            return
        files = files_or_screen(first_file, second_file)
        try:
            shares = held.set_up(replace=new_shares)
        except (DispatchError, OSError):
            take_back(files, first_file, second_file)
            raise
        hand_out(shares, files)
    typer.echo(f"密钥副本 sealed copy: {held.copy}\n")
    typer.echo(
        "只给出这一次。由两位管理员分别抄写、分开保管；少一份就打不开。请立即演练：dispatch-server keys restore-drill\n"
        "Given this once. Each administrator copies one and keeps it apart from the other; one alone opens nothing.\n"
        "Try them now: dispatch-server keys restore-drill"
    )


@keys.command("restore-drill")
def restore_drill(
    copy: Annotated[Path | None, typer.Argument(help="The sealed copy; default: the one of this node.")] = None,
    config: ConfigFile = None,
) -> None:
    """Prove that the two shares open the copy and that it holds the keys in use. Writes no key."""
    settings = settings_of(config)
    with refusals_told():
        held = _escrow(settings)
        drill = held.drill(copy or held.copy, *ask_shares())
    found = {"相同 same": drill.same, "不同 DIFFERENT": drill.changed, "缺少 MISSING": drill.missing}
    for verdict, names in found.items():
        for name in names:
            typer.echo(f"  {verdict:<14} {name}")
    if not drill.passed:
        typer.echo("演练未通过 / not passed. 处理 cure: dispatch-server keys escrow", err=True)
        raise typer.Exit(1)
    typer.echo("演练通过：副本可以打开，且与正在使用的密钥一致。\nPassed: the copy opens and holds the keys in use.")


@keys.command()
def restore(copy: Path, config: ConfigFile = None) -> None:
    """Write the keys of a sealed copy onto this node; a key that is there already is never replaced."""
    from dispatch_server.ops.escrow import opened, put_back
    from dispatch_server.runtime.keys import KeyRing
    from dispatch_server.runtime.world import World

    settings = settings_of(config)
    world, data = World(), Path(settings.data_folder)
    with refusals_told():
        files = opened(copy, *ask_shares())
        KeyRing(data, world).open()
        kept = {name: held for name, held in files.items() if not name.startswith("config/")}
        for name in put_back(kept, data, world):
            typer.echo(f"  已写入 written  {name}")


@keys.command("roll-over")
def roll_over(config: ConfigFile = None) -> None:
    """A new evidence key, signed by the old one; what the old one sealed stays proved. Not while the server runs."""
    from dispatch_server.archive.seals.key_record import EvidenceKeys
    from dispatch_server.runtime.keys import KeyRing
    from dispatch_server.runtime.world import World

    settings = settings_of(config)
    with refusals_told():
        world = World()
        ring = KeyRing(Path(settings.data_folder), world)
        ring.open()
        evidence = EvidenceKeys(ring, world)
        evidence.open()
        key = evidence.roll_over()
        held = _escrow(settings)
        if held.is_set_up:
            held.refresh()  # both files changed on purpose: a copy without the new key would be found wanting
    typer.echo(f"新的证据密钥 new evidence key: {key.thumbprint}（历史公钥 on record: {len(evidence.known)}）")


def ask_shares() -> "tuple[Share, Share]":
    """Both shares, typed without being shown."""
    from dispatch_server.ops.shares import read

    first = read(asked_in_secret("第一份口令片 first share"))
    return first, read(asked_in_secret("第二份口令片 second share"))


def _escrow(settings: Settings) -> "Escrow":
    from dispatch_server.ops.escrow import Escrow
    from dispatch_server.runtime.keys import KeyRing
    from dispatch_server.runtime.world import World

    world, data = World(), Path(settings.data_folder)
    KeyRing(data, world).open()
    return Escrow(data, world)
