"""
`make bench`: the scenarios of the table, one after the other, each against a real server process of its own.

    make bench ARGS="county joining --seconds 10 --runs 5"
    make bench ARGS="search --sizes 10000,100000"
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

import httpx2
import psutil

from bench.machine import this_machine
from bench.scenarios import SCENARIOS, Effort, make_clips
from bench.table import Row, keep, render

# A figure that is missing fails no build.
FAILURES = (RuntimeError, OSError, AssertionError, ValueError, LookupError, httpx2.HTTPError, psutil.Error)


def rows_of(name: str, effort: Effort) -> list[Row]:
    """What one scenario yields, as it comes; what fails says so in its row and stops nothing else."""
    rows: list[Row] = []
    try:
        for row in SCENARIOS[name](effort):
            rows.append(row)
            sys.stdout.write(f"{row.what}: {row.measured} {row.verdict}\n")
            sys.stdout.flush()
    except FAILURES as error:
        rows.append(Row(name, f"not measured: {type(error).__name__} {str(error)[:200]}"))
        sys.stdout.write(f"{name}: {rows[-1].measured}\n")
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="|".join(SCENARIOS), help="all, when none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="that each run measures")
    parser.add_argument("--runs", type=int, default=3, help="that the main rows are the median of")
    sizes = ",".join(map(str, Effort().sizes))
    parser.add_argument("--sizes", default=sizes, help="recordings to search among; the largest takes minutes to make")
    options = parser.parse_args(arguments)
    unknown = set(options.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    effort = Effort(options.seconds, max(1, options.runs), tuple(map(int, options.sizes.split(","))))
    make_clips()
    machine, before = this_machine(), os.getloadavg()[0]
    rows = [row for name in options.scenarios or SCENARIOS for row in rows_of(name, effort)]
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    how = (
        f"{effort.runs} runs of {effort.seconds:g} s; load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    text = render(machine, rows, f"{when} UTC, {how}")
    name = time.strftime("%Y-%m-%d", time.gmtime()) + ("-part" if options.scenarios else "")
    sys.stdout.write(f"{text}\nwritten to {keep(text, name)}\n")


if __name__ == "__main__":
    main()
