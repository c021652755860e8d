"""What Linux tells of a device is read; what it does not tell is left out."""

from pathlib import Path

from terminals.health import battery, read_health, signal, temperature_c


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_devices_own_battery_is_read_and_not_a_mouses(tmp_path: Path) -> None:
    mouse, own = tmp_path / "power_supply" / "AAA0", tmp_path / "power_supply" / "BAT0"
    for name, text in (("type", "Battery\n"), ("scope", "Device\n"), ("capacity", "99\n")):
        put(mouse / name, text)
    for name, text in (("type", "Battery\n"), ("capacity", "41\n"), ("status", "Discharging\n")):
        put(own / name, text)
    put(tmp_path / "power_supply" / "AC" / "type", "Mains\n")
    assert battery(tmp_path) == {"battery_percent": 41, "charging": False}
    put(own / "status", "Charging\n")
    put(own / "capacity", "garbage\n")
    assert battery(tmp_path) == {"charging": True}


def test_a_device_without_a_battery_has_power_from_outside_or_does_not_tell(tmp_path: Path) -> None:
    assert battery(tmp_path) == {}
    put(tmp_path / "power_supply" / "AC" / "type", "Mains\n")
    assert battery(tmp_path) == {}
    put(tmp_path / "power_supply" / "AC" / "online", "1\n")
    assert battery(tmp_path) == {"charging": True}


def test_the_hottest_zone_counts_and_absurd_ones_do_not(tmp_path: Path) -> None:
    for number, millidegrees in enumerate(("41500", "63250", "-274000", "999000", "off")):
        put(tmp_path / "thermal" / f"thermal_zone{number}" / "temp", f"{millidegrees}\n")
    assert temperature_c(tmp_path) == 63.2


def test_wifi_tells_its_level(tmp_path: Path) -> None:
    put(
        tmp_path / "net" / "wireless",
        "Inter-| sta-|   Quality        |   Discarded packets\n face | tus | link level noise |  nwid\n"
        " wlan0: 0000   54.  -56.  -256        0      0      0      0      0        0\n",
    )
    assert signal(tmp_path) == {"signal_dbm": -56.0, "network": "Wi-Fi"}
    put(tmp_path / "net" / "wireless", "one line\n")
    assert signal(tmp_path) == {}


def test_a_machine_that_tells_nothing_has_its_disk_alone(tmp_path: Path) -> None:
    found = read_health(tmp_path, tmp_path / "sys", tmp_path / "proc")
    assert set(found) == {"storage_free_bytes", "storage_total_bytes"}
    assert 0 < found["storage_free_bytes"] <= found["storage_total_bytes"]
    assert read_health(tmp_path / "none", tmp_path, tmp_path) == {}
