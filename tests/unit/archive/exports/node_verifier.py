"""Runs the page's own verifier in node, over a folder and over changed copies of it that are only in memory."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.archive.exports.verifier_page import PARTS

RUNNER = r"""
const fs = require("fs"), path = require("path"), vm = require("vm");
const [parts, folder, mode] = process.argv.slice(1);
let core = fs.readFileSync(path.join(parts, "core.js"), "utf8");
// With the comparison of bytes taken out, it must no longer see what changed.
if (mode === "blind") core = core.replace("return one !== other;", "return false;");
for (const source of [fs.readFileSync(path.join(parts, "sm3.js"), "utf8"), core]) vm.runInThisContext(source);
const verifier = globalThis.DispatchVerifier;
const listed = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
const names = listed.map((one) => path.relative(path.dirname(folder), path.join(one.parentPath || one.path, one.name)));
const held = new Map();
const above = path.dirname(folder);
for (const [name, full] of verifier.withoutTop(names)) held.set(name, fs.readFileSync(path.join(above, full)));

async function verify(changed) {
  const files = new Map();
  for (const [name, data] of new Map([...held, ...changed])) {
    if (data) files.set(name, { size: data.length, read: async (from, to) => new Uint8Array(data.subarray(from, to)) });
  }
  const done = await new verifier.Verification(files, { withSm3: mode !== "quick" }).run();
  return { problems: done.problems, counts: done.counts, key: done.key, digest: done.digest };
}

function change({ path: name, kind, at }) {
  const data = Buffer.from(held.get(name) || Buffer.alloc(0));
  if (kind === "remove") return [[name, null]];
  if (kind === "add") return [[name, Buffer.from("x")]];
  if (kind === "cut") return [[name, data.subarray(0, at)]];
  if (kind === "grow") return [[name, Buffer.concat([data, Buffer.from([0])])]];
  if (kind === "swap") return [[name, held.get(at)], [at, data]];
  data[at] ^= 1 << (at % 8);
  return [[name, data]];
}

(async () => {
  const changes = JSON.parse(fs.readFileSync(0, "utf8"));
  const found = [];
  if (!changes.length) found.push(await verify([]));
  for (const one of changes) found.push(await verify(change(one)));
  process.stdout.write(JSON.stringify(found));
})();
"""


def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def node_verifies_each(folder: Path, changes: list[dict[str, Any]], mode: str = "quick") -> list[dict[str, Any]]:
    """One report for each change, or the one of the folder as it is."""
    done = subprocess.run(
        [node(), "-e", RUNNER, str(PARTS), str(folder), mode],
        input=json.dumps(changes), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def node_verifies(folder: Path, mode: str = "full") -> dict[str, Any]:
    return node_verifies_each(folder, [], mode)[0]
