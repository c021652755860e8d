"""Exports and derivatives of a department, as the matrix needs them."""

from dispatch_server.archive.derivatives.model import Derivative, Kind
from dispatch_server.archive.derivatives.model import Happening as Making
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.archive.exports.model import Asking, Export, Mode, Of
from dispatch_server.archive.exports.store import ExportStore
from tests.integration.matrix.server import HOME, Example, Whole

HOUR_US = 3_600_000_000


async def export(whole: Whole) -> Example:
    """Asked for by somebody who is none of those that the matrix has."""
    now, asker = whole.wiring.world.utc_us(), await whole.person(frozenset(), HOME)
    asking = Asking(Of.RECORDINGS, "", (whole.new_id(),), Mode.DOWNLOAD, "purpose", "recipient", "", 72, 1)
    one = Export(whole.new_id(), HOME, asking, asker.id, asker.name, now, now + HOUR_US)
    async with whole.wiring.database.transaction() as connection:
        await ExportStore(whole.wiring.database).add(connection, one)
    return Example(one.id)


async def export_to_play(whole: Whole) -> Example:
    """It plays for its viewer and its asker, who are none of those that the matrix has."""
    return Example((await export(whole)).value, reached_by=frozenset())


async def first_place(whole: Whole) -> Example:
    return Example("1", absent="1")


async def derivative(whole: Whole) -> Example:
    now, key = whole.wiring.world.utc_us(), whole.new_id()
    one = Derivative(whole.new_id(), whole.new_id(), HOME, Kind.STILL, now, now, "", "png", "p", "人", now)
    one.happens(Making.MAKE)
    one.content = one.origin = key
    one.media_type, one.bytes = "image/png", await whole.wiring.objects.create(key, [b"x"])
    async with whole.wiring.database.transaction() as connection:
        await DerivativeStore(whole.wiring.database).add(connection, one)
    return Example(one.id)
