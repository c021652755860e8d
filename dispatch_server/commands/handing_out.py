"""Hands the two shares to two administrators: one after the other on a terminal, or into two files."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dispatch_server.commands.options import stop

if TYPE_CHECKING:
    from dispatch_server.ops.shares import Share

WHO = ("第一位管理员 first administrator", "第二位管理员 second administrator")
CLEARED = "\x1b[H\x1b[2J\x1b[3J"  # the screen, and what was scrolled off it


def files_or_screen(first: Path | None, second: Path | None) -> list[int]:
    """
    Descriptors of two new files (0600), or none for the screen. Ends the program, before any share was made, where
    both would end up in one place: in a pipe, a log, one file.
    """
    if first is None and second is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            stop(
                "两份口令片只在终端上逐一显示。处理：在终端中运行，或用 --first-file 与 --second-file 指定两个文件\n"
                "  The shares are shown one by one, on a terminal only. Cure: run it there, or name two files: "
                "--first-file and --second-file"
            )
        return []
    if first is None or second is None:
        stop("--first-file 与 --second-file 须同时给出 / --first-file and --second-file go together")
    made: list[int] = []
    for path in (first, second):
        try:
            made.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            take_back(made, first)
            stop(f"{path}: {error.strerror}")
    return made


def take_back(made: list[int], *paths: Path | None) -> None:
    """No share was made: no empty files stay behind."""
    for descriptor, path in zip(made, paths, strict=False):
        os.close(descriptor)
        if path is not None:
            path.unlink(missing_ok=True)


def hand_out(shares: "tuple[Share, Share]", descriptors: list[int]) -> None:
    from dispatch_server.ops.shares import written

    for number, share in enumerate(shares):
        if descriptors:
            with os.fdopen(descriptors[number], "w", encoding="utf-8") as file:
                file.write(f"{written(share)}\n")
        else:
            typer.echo(f"{CLEARED}{WHO[number]}（请另一位回避 the other one looks away）:\n\n    {written(share)}\n")
            input("抄写完毕后按回车，屏幕随即清除 / copied? Enter clears the screen ")
            typer.echo(CLEARED, nl=False)
