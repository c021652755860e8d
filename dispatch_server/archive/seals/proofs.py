"""What of a recording is proved: its seal, the key behind it, and what was read when."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.seals.messages import KeyShown, RecordingProof, SealShown
from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.archive.seals.service import SealService, places_of
from dispatch_server.archive.seals.verify import DEVICE_KEY, SEAL
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import SEAL_LIMIT_BYTES, Seal, read_seal
from dispatch_server.runtime.threads import Kind


@dataclass(frozen=True, slots=True)
class Proofs:
    catalog: Catalog
    seals: SealService

    async def of(self, recording_id: str, scope: Scope) -> RecordingProof:
        """Raises RecordingUnknown."""
        recording = await self.catalog.find(recording_id, scope)
        run, kept = self.seals.threads.run, await self.seals.rows.find(recording_id)
        places = await run(Kind.GENERAL, places_of, self.seals.archive.roots, recording.card)
        seal, beside = await run(Kind.GENERAL, _seal_in, places)
        keys: list[dict[str, Any]] = [*self.seals.keys.jwks(), *beside]
        key = next((one for one in keys if seal is not None and one["kid"] == seal.key), None)
        return RecordingProof(
            recording_id=recording_id,
            state=recording.state.value,
            seal=SealShown(**asdict(seal)) if seal is not None else None,
            key=KeyShown(**key) if key is not None else None,
            sealed_utc_us=seal.sealed_utc_us if seal is not None else None,
            stamped_utc_us=kept.stamped_utc_us if kept is not None else None,
            scrubbed_utc_us=kept.scrubbed_utc_us if kept is not None else None,
            damage=kept.damage if kept is not None else "",
        )


def _seal_in(places: Sequence[Path]) -> tuple[Seal | None, list[dict[str, Any]]]:
    """The seal, and a terminal's public key when it lies beside; what cannot be read is not shown."""
    for folder in places:
        try:
            if not (folder / SEAL).exists():
                continue
            seal = read_seal((folder / SEAL).read_bytes()[: SEAL_LIMIT_BYTES + 1])
            keys = []
            if (folder / DEVICE_KEY).exists():
                plain = json.loads((folder / DEVICE_KEY).read_bytes()[:SEAL_LIMIT_BYTES])
                members = {name: plain[name] for name in ("kty", "crv", "x", "y") if name in plain}
                keys.append({**members, "kid": read_jwk(members)[0]})
            return seal, keys
        except (MalformedFootage, OSError, ValueError, TypeError):
            continue
    return None, []
