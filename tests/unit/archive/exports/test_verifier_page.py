"""The page loads nothing and runs only its own script; its SM3 is that of everybody else."""

import base64
import hashlib
import json
import random
import re
import subprocess

from cryptography.hazmat.primitives.hashes import SM3, Hash

from dispatch_server.archive.exports.verifier_page import PARTS, verifier_page
from tests.unit.archive.exports.node_verifier import node

RUNNER = """
const fs = require("fs"), vm = require("vm");
vm.runInThisContext(fs.readFileSync(process.argv[1], "utf8"));
const found = JSON.parse(fs.readFileSync(0, "utf8")).map(([hex, cuts]) => {
  const data = Buffer.from(hex, "hex"), sm3 = new globalThis.Sm3();
  let at = 0;
  for (const cut of [...cuts, data.length]) { sm3.update(data.subarray(at, cut)); at = cut; }
  return sm3.hex();
});
process.stdout.write(JSON.stringify(found));
"""


def sm3_of(data: bytes) -> str:
    found = Hash(SM3())
    found.update(data)
    return found.finalize().hex()


def test_its_policy_lets_in_its_own_script_and_style_alone() -> None:
    page = verifier_page().decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1] and "http" not in policy[1]
    for tag in ("script", "style"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"""(?:src|href)=|https?://|\{\{|\beval\(|innerHTML""", page)


def test_its_sm3_is_short_and_right() -> None:
    assert len((PARTS / "sm3.js").read_text().splitlines()) <= 150
    chance = random.Random(1)
    samples = [
        b"",
        b"abc",
        b"abcd" * 16,
        *(chance.randbytes(size) for size in (55, 56, 57, 63, 64, 65, 119, 128, 5000)),
    ]
    asked = [[data.hex(), sorted(chance.randrange(len(data) + 1) for _ in range(3))] for data in samples]
    done = subprocess.run(
        [node(), "-e", RUNNER, str(PARTS / "sm3.js")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    # GB/T 32905-2016, annex A
    assert found[1] == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert found[2] == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert found == [sm3_of(data) for data in samples]


def test_both_languages_say_the_same_things() -> None:
    script = "vm=require('vm');vm.runInThisContext(require('fs').readFileSync(process.argv[1],'utf8'));"
    script += "console.log(JSON.stringify(globalThis.VerifierTexts))"
    done = subprocess.run([node(), "-e", script, str(PARTS / "texts.js")], capture_output=True, text=True, check=True)
    texts = json.loads(done.stdout)
    assert texts["zh"].keys() == texts["en"].keys()
    found = set(re.findall(r'this\.found\("(\w+)"', (PARTS / "core.js").read_text()))
    found |= set(re.findall(r'return "(\w+)"', (PARTS / "core.js").read_text()))
    assert found <= texts["zh"]["codes"].keys()
