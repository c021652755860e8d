"""Exports as the console gets them."""

from dataclasses import asdict

from dispatch_server.archive.exports.model import Export
from dispatch_server.archive.ports import NamesPort
from dispatch_server.protocol.exports import ExportEntry, ExportLeftOut


def export(one: Export, names: NamesPort, progress: tuple[int, int]) -> ExportEntry:
    asking = one.asking
    return ExportEntry(
        export_id=one.id,
        department=one.department,
        department_name=names.department_names(one.department)[0],
        state=one.state.value,
        of=asking.of.value,
        subject=asking.subject,
        recordings=list(asking.recordings),
        left_out=[ExportLeftOut.model_validate(asdict(left)) for left in one.left_out],
        mode=asking.mode.value,
        purpose=asking.purpose,
        recipient=asking.recipient,
        viewer=asking.viewer,
        hours=asking.hours,
        downloads=asking.downloads,
        fetched=one.fetched,
        requested_by=one.requested_by,
        requested_name=one.requested_name,
        requested_utc_us=one.requested_utc_us,
        decided_by=one.decided_by,
        decided_name=one.decided_name,
        decided_utc_us=one.decided_utc_us,
        reason=one.reason,
        note=one.note,
        ends_utc_us=one.ends_utc_us,
        bytes=one.bytes,
        manifest_sha256=one.manifest_digest,
        prepared_bytes=progress[0],
        to_prepare_bytes=progress[1],
    )
