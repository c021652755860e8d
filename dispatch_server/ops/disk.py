"""What the doctor looks at on the disks: folders that can be written, room for recordings, and how fast they are."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from dispatch_server.runtime.files import create_whole, make_private_folder
from dispatch_server.runtime.world import World
from dispatch_server.settings import ArchiveSettings, Settings

TRIAL_BYTES = 16 * 1024 * 1024
SLOW_MB_S = 20.0  # 100 streams of 1.5 Mbit/s are 19 MB/s
_PIECE = bytes(1024 * 1024)
_GIB = 1024**3
_NAMES = {"data": "数据", "archive": "归档", "objects": "对象"}


def look_at_folders(settings: Settings, world: World) -> Iterator[Finding]:
    """Each is made where missing, and one small synced file is written and removed."""
    for name, folder in (
        ("data", settings.data_folder),
        ("archive", settings.archive.folder),
        ("objects", settings.objects.folder),
    ):
        path = Path(folder)
        try:
            make_private_folder(path)
            trial = path / f".doctor-{world.chance(4).hex()}"
            create_whole(trial, [b"doctor"], f"{trial.name}-part")
            trial.unlink()
        except OSError as error:
            yield mend(
                Side.HERE,
                f"{_NAMES[name]}目录 {path} 无法写入",
                f"the {name} folder {path} cannot be written: {error.strerror}",
                f"chown 给运行服务的用户（{os.geteuid()}），或在配置中另指定目录",
                f"chown it to the user that runs the server ({os.geteuid()}), or name another one in the settings",
            )
        else:
            yield well(Side.HERE, f"{_NAMES[name]}目录可写：{path}", f"the {name} folder can be written: {path}")


def look_at_space(settings: ArchiveSettings) -> Iterator[Finding]:
    path = next(place for place in (Path(settings.folder), *Path(settings.folder).parents) if place.exists())
    usage = shutil.disk_usage(path)
    used_percent = 100 * (usage.total - usage.free) / usage.total
    zh = f"录像所在磁盘 {path} 剩余 {usage.free / _GIB:.1f} GiB，已用 {used_percent:.0f} %"
    en = f"{usage.free / _GIB:.1f} GiB free, {used_percent:.0f} % used, for recordings in {path}"
    cure = (
        "腾出空间，或把 archive.folder 换到更大的磁盘",
        "make room there, or put archive.folder on a larger one",
    )
    if used_percent >= settings.disk_refuse_percent or usage.free < settings.disk_refuse_bytes:
        yield mend(Side.HERE, f"{zh}：不会开始新的录像", f"{en}: no new recording would begin", *cure)
    elif used_percent >= settings.disk_alarm_percent:
        percent = settings.disk_alarm_percent
        yield note(Side.HERE, f"{zh}：超过告警线 {percent} %", f"{en}: above the alarm at {percent} %", *cure)
    else:
        yield well(Side.HERE, zh, en)


def look_at_speed(folder: Path, world: World, wanted_mb_s: float = SLOW_MB_S) -> Iterator[Finding]:
    """One file of 16 MiB, written and synced; nothing is said of a folder that cannot be written."""
    trial = folder / f".doctor-{world.chance(4).hex()}"
    begun = world.monotonic()
    try:
        create_whole(trial, (_PIECE for _ in range(TRIAL_BYTES // len(_PIECE))), f"{trial.name}-part")
        trial.unlink()
    except OSError:
        return
    speed = TRIAL_BYTES / 1e6 / max(world.monotonic() - begun, 1e-6)
    zh, en = f"磁盘写入 {speed:.0f} MB/s", f"the disk of {folder} writes {speed:.0f} MB/s"
    if speed < wanted_mb_s:
        yield note(
            Side.HERE,
            f"{zh}：偏慢，多路录像可能出现缺口",
            f"{en}: slow, many recordings may get gaps",
            "换用更快的磁盘，或检查是否有其他程序占用磁盘",
            "use a faster disk, or see what else is busy with it (iotop)",
        )
    else:
        yield well(Side.HERE, zh, en)
