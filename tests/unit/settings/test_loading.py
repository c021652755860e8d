"""The settings: file, environment, options; every mistake is named with its line or variable."""

from pathlib import Path

import pytest

from dispatch_server.settings import Mode, Settings
from dispatch_server.settings.loading import DEFAULT_FILE, SettingsWrong, load
from dispatch_server.settings.root import sections
from dispatch_server.settings.template import render

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPATCH_CONFIG", raising=False)


def wrong(path: Path, text: str) -> list[str]:
    path.write_text(text)
    with pytest.raises(SettingsWrong) as caught:
        load(path)
    return caught.value.sentence.splitlines()


def test_the_file_of_this_project_lists_every_key_with_its_default() -> None:
    assert (ROOT / DEFAULT_FILE).read_text() == render(), "run `dispatch-server settings > config/server.yaml`"


def test_the_file_of_this_project_means_the_defaults() -> None:
    assert load(ROOT / DEFAULT_FILE) == load()


def test_every_key_has_a_sentence() -> None:
    for name, section in sections().items():
        assert section.__doc__, name
        for key, field in section.model_fields.items():
            assert field.description and field.description.endswith((".", "is.")), f"{name}.{key}"


def test_nobody_can_change_them() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        settings.data_folder = "x"


def test_mistakes_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    lines = wrong(file, "server:\n  prot: 80\n  port: http\n\nmedia:\n  udp_port: 70000\nfoo: 1\n")
    assert [line.split(str(file))[1].split(":")[0] for line in sorted(lines)] == [
        ", line 2",
        ", line 3",
        ", line 6",
        ", line 7",
    ]
    assert "there is no such key" in sorted(lines)[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "dispatch.example"])
def test_development_mode_is_for_this_machine_alone(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH__SERVER__HOST", host)
    assert load().server.host == host
    monkeypatch.setenv("DISPATCH__SERVER__MODE", "development")
    with pytest.raises(SettingsWrong, match="loopback only"):
        load()


def test_a_key_given_twice_is_a_mistake(tmp_path: Path) -> None:
    assert "given twice" in wrong(tmp_path / "a.yaml", "server:\n  port: 1\n  port: 2\n")[0]


@pytest.mark.parametrize("text", ["- a\n", "server: [", "server: 3\n", "\x00", "server: {tls_key: a.pem}\n"])
def test_other_nonsense_is_refused_in_words(tmp_path: Path, text: str) -> None:
    assert wrong(tmp_path / "a.yaml", text)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="cannot be read"):
        load(tmp_path / "missing.yaml")


def test_words_stay_words_and_numbers_have_no_sixties(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("media:\n  announced_addresses: [on, 1.2.3.4]\n")
    assert load(file).media.announced_addresses == ("on", "1.2.3.4")
    assert "port" in wrong(file, "server:\n  port: 1:30\n")[0]


def test_an_empty_file_and_an_empty_section_mean_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("")
    assert load(file) == load()
    file.write_text("server:\n  # port: 1\n")
    assert load(file) == load()


def test_the_environment_beats_the_file_and_options_beat_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("server:\n  port: 1000\n  host: h\nlive:\n  grace_s: 5\n")
    monkeypatch.setenv("DISPATCH__SERVER__PORT", "2000")
    monkeypatch.setenv("DISPATCH__ARCHIVE__LAYERS", "main, sub")
    monkeypatch.setenv("DISPATCH_CONFIG", str(file))
    settings = load()
    assert (settings.server.port, settings.server.host, settings.live.grace_s) == (2000, "h", 5)
    assert settings.archive.layers == ("main", "sub")
    options = load(overrides={"server": {"port": 3000, "mode": Mode.DEVELOPMENT, "host": "::1"}})
    assert (options.server.port, options.server.host, options.server.is_development) == (3000, "::1", True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DISPATCH__SERVER__PROT", "1"),
        ("DISPATCH__SEVER__PORT", "1"),
        ("DISPATCH__SERVER__PORT", "many"),
        ("DISPATCH__X", ""),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsWrong, match=rf"\${variable}"):
        load()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH__DATABASE__URL", "postgresql+asyncpg://a:canary@h/d")
    settings = load()
    assert "canary" not in repr(settings) + str(settings.model_dump())
    assert "canary" in settings.database.url.reveal()


def test_folders_follow_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH__DATA_FOLDER", "here")
    settings = load()
    assert settings.archive.folder == str(tmp_path / "here" / "archive")
    assert settings.objects.folder == str(tmp_path / "here" / "objects")
    assert settings.database.url.reveal() == f"sqlite+aiosqlite:///{tmp_path / 'here' / 'dispatch.sqlite3'}"


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ({"port": 80}, "http://127.0.0.1:80"),
        ({"host": "0.0.0.0", "port": 1}, "http://localhost:1"),
        ({"host": "::1", "port": 1}, "http://[::1]:1"),
        ({"port": 1, "tls_certificate": "c", "tls_key": "k"}, "https://127.0.0.1:1"),
        ({"public_url": "https://a.example/"}, "https://a.example"),
    ],
)
def test_the_public_address(server: dict[str, object], url: str) -> None:
    assert load(overrides={"server": server}).server.url == url


def test_an_option_is_checked_like_a_key() -> None:
    with pytest.raises(SettingsWrong, match=r"server\.port"):
        load(overrides={"server": {"port": 99_999}})


def test_defaults_alone_need_no_file() -> None:
    assert Settings().server.mode is Mode.PRODUCTION
