"""The doctor's look at the recording on this device: whether the folder can be written, and how many hours fit."""

import os
from collections.abc import Iterator

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from terminals.master.assembly import bytes_per_s, root_of
from terminals.master.disk import OwnDisk
from terminals.master.server_keys import ServerKeysWrong, pinned
from terminals.master.stewardship import free_bytes
from terminals.settings import TerminalSettings

TRIAL = "doctor"
FEW_HOURS = 8  # a shift


def look_at_master(settings: TerminalSettings) -> Iterator[Finding]:
    if not settings.master.enabled:
        yield note(Side.HERE, "本机录像已关闭", "recording on this device is switched off", "master.enabled: true")
        return
    root = root_of(settings)
    try:
        OwnDisk().make_folder(root)
        OwnDisk().write_whole(root / TRIAL, os.urandom(16))
        OwnDisk().remove(root / TRIAL)
        hours = free_bytes(root) / bytes_per_s(settings) / 3600
    except OSError as error:
        zh, en = f"录像目录不可写：{root}", f"the folder of recordings cannot be written: {error}"
        yield mend(Side.HERE, zh, en, "检查 master.folder 及其权限", "see to master.folder and its permissions")
        return
    words = f"录像目录可写，可录 {hours:.0f} 小时", f"recordings can be written; {hours:.0f} hours fit"
    if hours < FEW_HOURS:
        yield note(Side.HERE, *words, "换用更大的磁盘，或先上传已有录像", "a larger disk, or deliver what is recorded")
    else:
        yield well(Side.HERE, *words)
    try:
        if pinned(root) is None:
            zh, en = (
                "尚未取得服务器的录像密钥：首次联网前不录像",
                "no key of the server yet: nothing is recorded",
            )
            yield note(Side.HERE, zh, en, "dispatch-terminal run")
    except ServerKeysWrong as wrong:
        yield mend(Side.HERE, "服务器密钥记录损坏", wrong.sentence, "重新注册终端", "enrol this device again")
