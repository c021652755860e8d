"""Links to packages: each for one sign-in and for a while; its secret is shown once, and only its digest is kept."""

import base64
import hashlib
from dataclasses import dataclass

from dispatch_server.archive.exports import actions
from dispatch_server.archive.exports import refusals as no
from dispatch_server.archive.exports.model import Export, Link, Mode, State
from dispatch_server.archive.exports.service import ExportService
from dispatch_server.identity.model import Session
from dispatch_server.kit.scope import Scope
from dispatch_server.web.ranges import Slice

SECRET_BYTES = 32
NO_PART = Slice(0, 0)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(slots=True)
class Links:
    service: ExportService

    async def give(self, caller: Session, scope: Scope, export_id: str) -> tuple[Link, str]:
        """To the one who asked for the export, while it is ready."""
        service = self.service
        export = await service.find(export_id, scope)
        if caller.person.id != export.requested_by:
            raise no.NotTheAsker
        if export.asking.mode is not Mode.DOWNLOAD:
            raise no.OnlyToView
        if export.state is not State.READY:
            raise no.ExportNotSo(export.state)
        secret = base64.urlsafe_b64encode(service.world.chance(SECRET_BYTES)).decode().rstrip("=")
        link = Link(digest_of(secret), export.id, caller.id, caller.person.id, export.ends_utc_us)
        async with service.store.database.transaction() as connection:
            if await service.store.count_links(connection, export.id) >= service.limits.links:
                raise no.DownloadsUsed
            await service.store.add_link(connection, link)
            await service.enter(connection, caller, actions.LINK, export, until_utc_us=link.until_utc_us)
        return link, secret

    async def use(
        self, caller: Session, scope: Scope, export_id: str, secret: str, part: Slice = NO_PART, total: int = 0
    ) -> Export:
        """
        A download that begins (`part` at 0) or is resumed; on record before a byte is sent. In all no more leaves than
        the downloads that were approved, with a quarter for what was sent and did not arrive.
        """
        service, first = self.service, part.first
        export = await service.find(export_id, scope)
        if sent := service.sending.sent.pop(export.id, 0):
            await service.store.add_sent(export.id, sent)
        async with service.store.database.transaction() as connection:
            link = await service.store.link(connection, digest_of(secret), export.id)
            now = await service.store.find_in(connection, export.id, scope)
            is_well = link is not None and link.session == caller.id and link.person == caller.person.id
            if link is None or now is None or not is_well or service.world.utc_us() >= link.until_utc_us:
                raise no.LinkUnknown
            if now.state is not State.READY:
                raise no.LinkUnknown
            if now.sent_bytes + part.count > now.asking.downloads * total * 5 // 4:
                raise no.DownloadsUsed
            if not await service.store.use(connection, link, first == 0, service.limits.resumptions):
                raise no.DownloadsUsed
            await service.enter(
                connection, caller, actions.DOWNLOAD, export, first=first, begun=now.fetched + (not first)
            )
        return export
