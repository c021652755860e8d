"""The register in the words of the protocol."""

import io

import segno

from dispatch_server.devices.enrolment import Code, KeptCode
from dispatch_server.devices.health import Health, Trouble
from dispatch_server.devices.heartbeats import Heartbeats
from dispatch_server.devices.model import DeviceKey, Shift, Terminal
from dispatch_server.protocol import devices as words
from dispatch_server.protocol.terminal import CurrentShift, DeviceFacts, PositionFix


def terminal_entry(
    terminal: Terminal, department_name: str, key: DeviceKey | None, heartbeats: Heartbeats, shifts: list[Shift]
) -> words.DeviceEntry:
    condition = heartbeats.conditions.get(terminal.number)
    seen = heartbeats.presence.seen_utc_us(terminal.number)
    facts = terminal.facts
    return words.DeviceEntry(
        number=terminal.number,
        name=terminal.name,
        name_en=terminal.name_en,
        department=terminal.department,
        department_name=department_name,
        state=terminal.state.value,
        since_utc_us=terminal.since_utc_us,
        seen_utc_us=seen if seen is not None else terminal.seen_utc_us,
        reason=terminal.reason,
        device=DeviceFacts(model=facts.model, serial=facts.serial, system=facts.system, version=facts.version),
        key_since_utc_us=key.since_utc_us if key is not None else None,
        key_thumbprint=key.thumbprint if key is not None else None,
        health=health_entry(condition.health, condition.troubles) if condition is not None else None,
        shifts=[shift_entry(shift) for shift in shifts],
    )


def health_entry(health: Health, troubles: frozenset[Trouble]) -> words.DeviceHealth:
    fix = health.position
    return words.DeviceHealth(
        utc_us=health.utc_us,
        battery_percent=health.battery_percent,
        charging=health.charging,
        storage_free_bytes=health.storage_free_bytes,
        storage_total_bytes=health.storage_total_bytes,
        signal_dbm=health.signal_dbm,
        signal_bars=health.signal_bars,
        network=health.network,
        temperature_c=health.temperature_c,
        version=health.version,
        clock_offset_us=health.clock_offset_us,
        clock_error_us=health.clock_error_us,
        position=PositionFix(lat=fix.lat, lon=fix.lon, accuracy_m=fix.accuracy_m, utc_us=fix.utc_us) if fix else None,
        troubles=[trouble.value for trouble in sorted(troubles)],
    )


def shift_entry(shift: Shift) -> words.ShiftEntry:
    return words.ShiftEntry(
        officer=shift.officer,
        officer_name=shift.officer_name,
        begun_utc_us=shift.begun_utc_us,
        ends_utc_us=shift.ends_utc_us,
        issued_by=shift.issued_by,
        how=shift.how,
        ended_utc_us=shift.ended_utc_us,
        reason=shift.reason,
    )


def current_shift(shift: Shift) -> CurrentShift:
    return CurrentShift(
        officer=shift.officer,
        officer_name=shift.officer_name,
        begun_utc_us=shift.begun_utc_us,
        ends_utc_us=shift.ends_utc_us,
    )


def issued_code(code: Code, kept: KeptCode, uri: str, tries: int) -> words.OneTimeCodeIssued:
    return words.OneTimeCodeIssued(
        number=kept.terminal,
        code=code.shown(),
        uri=uri,
        svg=qr_svg(uri),
        expires_utc_us=kept.expires_utc_us,
        tries=tries,
    )


def qr_svg(text: str) -> str:
    """An SVG element without scripts, styles or references, which a strict page may show."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", xmldecl=False, scale=4, border=4, light="#fff", nl=False)
    return drawn.getvalue().decode("utf-8")
