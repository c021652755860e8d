"""Keys and passwords of this node: made at its first start, kept in files that nobody else can read, never default."""

import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.files import PRIVATE_FOLDER, create_whole, make_private_folder
from dispatch_server.runtime.world import World

FOLDER = "keys"
_LARGEST_BYTES = 64 * 1024


class KeyExposed(LocalFault):
    """Somebody else on this machine could have read it: this node does not start with it."""

    def __init__(self, path: Path) -> None:
        super().__init__("key_exposed", f"{path} can be read by others. Cure: make a new one, or chmod go= {path}")


class KeyRing:
    """`ring.secret("metrics_token")`: the text of the file, made of 32 random bytes when it is not there yet."""

    def __init__(self, data_folder: Path, world: World) -> None:
        self.folder = data_folder / FOLDER
        self._world = world

    def open(self) -> None:
        """Make the folders, for nobody but us; an existing data folder is closed to others."""
        make_private_folder(self.folder.parent)
        make_private_folder(self.folder)
        for folder in (self.folder.parent, self.folder):
            if stat.S_IMODE(folder.stat().st_mode) & 0o077:
                folder.chmod(PRIVATE_FOLDER)

    def secret(self, name: str) -> Secret:
        return Secret(self.bytes_of(name, lambda: self._world.chance(32).hex().encode()).decode("ascii"))

    def bytes_of(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The content of a key file; `make` gives it at the first start."""
        path = self.folder / name
        if not path.exists():
            with suppress(FileExistsError):  # another process of this node was faster: its key counts
                create_whole(path, [make()], f".{self._world.chance(8).hex()}")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyExposed(path)
        with path.open("rb") as file:
            return file.read(_LARGEST_BYTES)
