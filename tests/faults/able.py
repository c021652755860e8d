"""What this machine lets a test do: each answer is empty, or the reason that a skipped test prints."""

import os
import shutil
import subprocess
from functools import cache

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def program(name: str) -> str | None:
    """Where a program is; Debian keeps some outside an ordinary user's path."""
    return shutil.which(name, path=PATH)


def _works(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"exit {done.returncode}")


@cache
def why_no_networks() -> str:
    """Whether network namespaces can be made here."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    ip = program("ip")
    if ip is None:
        return "no `ip` command (package iproute2)"
    name = f"dp-try-{os.getpid()}"
    refusal = _works(ip, "netns", "add", name)
    subprocess.run([ip, "netns", "del", name], capture_output=True, timeout=20)
    return f"network namespaces are refused: {refusal}" if refusal else ""


@cache
def has_netem() -> bool:
    """Whether the kernel can worsen a link by itself; else the emulator does it."""
    if why_no_networks() or program("tc") is None:
        return False
    ip, name = program("ip") or "", f"dp-netem-{os.getpid()}"
    subprocess.run([ip, "netns", "add", name], check=True, timeout=20)
    try:
        tc = ("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
        return not _works(ip, "netns", "exec", name, *tc)
    finally:
        subprocess.run([ip, "netns", "del", name], check=True, timeout=20)


@cache
def why_no_mounts() -> str:
    """Whether a file system of a test's own can be mounted here."""
    if os.geteuid() != 0:
        return "mounting needs root"
    return "" if program("mount") else "no `mount` command"


@cache
def why_no_power_cuts() -> str:
    """Whether an ext4 in a loop file can be made and mounted here."""
    if why_no_mounts():
        return why_no_mounts()
    if program("mkfs.ext4") is None:
        return "no `mkfs.ext4` command (package e2fsprogs)"
    losetup = program("losetup")
    refusal = _works(losetup, "-f") if losetup else "no `losetup` command"
    return f"no loop device: {refusal}" if refusal else ""
