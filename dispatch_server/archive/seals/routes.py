"""HTTP: what of a recording is proved."""

from dispatch_server.archive.routes import LIST, Lister, RecordingId
from dispatch_server.archive.seals.messages import RecordingProof
from dispatch_server.archive.seals.proofs import Proofs
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol.problem import responses


def proof_routes(proofs: Proofs) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/recordings", tags=["recordings"])

    @router.get("/{recording_id}/proof", responses=responses(401, 403, 404, 503))
    async def show_proof(recording_id: RecordingId, session: Lister) -> RecordingProof:
        """Its seal, the public key that signed it, and when all of it was last read again."""
        return await proofs.of(recording_id, session.scope(LIST))

    return router
