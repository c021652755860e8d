"""Every pure module with something to compute has its test at the same place under tests/unit or tests/sim."""

import ast
from pathlib import Path

from tests.arch.tree import ROOT, kept_files, text_of, under

PURE = ("dispatch_server/kit", "dispatch_server/media", "dispatch_server/protocol")
# Parts that mean something only together, or only against all inputs: where they are held.
ELSEWHERE = {
    "dispatch_server/media/packets/extensions.py": "tests/fuzz/test_fuzz_packets.py",
    "dispatch_server/media/packets/rtp.py": "tests/fuzz/test_fuzz_packets.py",
    "dispatch_server/media/peer.py": "tests/sim/test_publisher_restarts.py",
    "dispatch_server/media/receiving.py": "tests/sim/test_loss_and_resend.py",
    "dispatch_server/media/reporting.py": "tests/sim/test_loss_and_resend.py",
    "dispatch_server/media/recording/pending.py": "tests/unit/media/recording/test_recorder.py",
    "dispatch_server/media/router.py": "tests/sim/test_late_viewer.py",
    "dispatch_server/media/track/down_track.py": "tests/sim/test_slow_viewer_alone.py",
    "dispatch_server/media/track/layers.py": "tests/sim/test_layer_switch.py",
    "dispatch_server/media/track/up_track.py": "tests/sim/test_loss_and_resend.py",
}


def computes(source: str) -> bool:
    """Whether a module has a function of its own with a body: declarations and Protocols need no test."""
    tree = ast.parse(source)
    protocols = {
        id(item)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.dump(base) for base in node.bases)
        for item in node.body
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return any(id(node) not in protocols and not node.name.startswith("__") for node in functions)


def wanted_tests(module: str) -> list[Path]:
    """Where a module's test may stand: its own file, or files that carry its name on."""
    path = Path(module)
    inside = Path(*path.parts[1:-1])
    return [Path("tests") / kind / inside for kind in ("unit", "sim")]


def has_test(module: str, tests: set[str]) -> bool:
    stem = f"test_{Path(module).stem}"
    mirrors = [str(folder) for folder in wanted_tests(module)]
    return any(
        str(Path(test).parent) in mirrors and (Path(test).stem == stem or Path(test).stem.startswith(f"{stem}_"))
        for test in tests
    )


def pure_modules() -> list[str]:
    models = [path for path in under("dispatch_server") if path.name == "model.py"]
    paths = [path for path in [*under(*PURE), *models] if path.name != "__init__.py"]
    return [str(path) for path in paths if computes(text_of(path) or "")]


def test_every_pure_module_has_its_test() -> None:
    tests = {str(path) for path in under("tests/unit", "tests/sim")}
    assert [module for module in pure_modules() if module not in ELSEWHERE and not has_test(module, tests)] == []


def test_what_is_held_elsewhere_still_is() -> None:
    known = {str(path) for path in kept_files()}
    assert [name for pair in ELSEWHERE.items() for name in pair if name not in known] == []


def test_every_unit_test_has_its_module() -> None:
    """A test whose module was renamed or removed tests something that has another name now."""
    folders = {path.parent for path in under("tests/unit") if path.name.startswith("test_")}
    homes = [Path(*folder.parts[2:]) for folder in folders]
    missing = [
        str(home) for home in homes if not (ROOT / "dispatch_server" / home).is_dir() and not (ROOT / home).is_dir()
    ]
    assert missing == []


def test_a_module_without_its_test_is_seen() -> None:
    tests = {"tests/unit/kit/test_states.py", "tests/unit/media/link/test_dtls_resend.py"}
    assert has_test("dispatch_server/kit/states.py", tests)
    assert has_test("dispatch_server/media/link/dtls.py", tests)
    assert not has_test("dispatch_server/media/states.py", tests)
    assert computes("def f():\n    return 1\n")
    assert not computes("class P(Protocol):\n    def f(self) -> None: ...\nX = 1\n")
