"""A district whose ledger is on PostgreSQL: set by one line, its password never in the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.ledger import Ledger
from auditor.private import SecretError
from cron import ledgerserver
from cron.ledgerserver import LedgerServer
from cron.mistakes import SettingsError
from cron.settings import load_settings
from tests.cron.at_hand import auditor
from tests.cron.tiny_district import TinyDistrict


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDistrict:
    tiny = TinyDistrict(tmp_path / "district")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.write()
    return tiny


def storage(tiny: TinyDistrict, *lines: str) -> None:
    tiny.settings("\n".join(["[storage]", *lines, ""]))


def mistakes(tiny: TinyDistrict) -> dict[str | None, tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        load_settings(tiny.folder / "district.toml")
    return {m.key: (m.what, m.cure) for m in caught.value.mistakes}


def server(tiny: TinyDistrict) -> LedgerServer:
    found = load_settings(tiny.folder / "district.toml").storage.server
    assert found is not None
    return found


def secret(tiny: TinyDistrict, text: str, mode: int = 0o600) -> Path:
    path = tiny.folder / "secrets/ledger-password"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_night_and_a_week_on_a_server(tiny: TinyDistrict, database: str) -> None:
    storage(tiny, f'ledger = "{database}"', 'ledger_password = "env:LEDGER_PASSWORD"')
    night = ("run", "nightly", "--date", "2026-11-22")
    with pytest.MonkeyPatch.context() as patch:
        code, document = auditor(tiny.folder, "items")
        assert (code, document["error"]["where"]) == (2, "env:LEDGER_PASSWORD")
        patch.setenv("LEDGER_PASSWORD", "not asked for by this server")
        assert auditor(tiny.folder, "items")[0] == 1, "no night yet"
        code, document = auditor(tiny.folder, *night)
        assert (code, document["items_open"], document["already_done"]) == (0, 1, False)
        assert auditor(tiny.folder, *night)[1]["already_done"] is True
        code, document = auditor(tiny.folder, "run", "weekly", "--date", "2026-11-22")
        assert code == 0, document
        assert {Path(page["html"]).is_file() for page in document["pages"]} == {True}
        assert [item["native_ids"] for item in auditor(tiny.folder, "items")[1]] == [["m1@d.example"]]
        assert auditor(tiny.folder, "check")[0] == 0
    assert not list(tiny.folder.rglob("*.sqlite"))
    with Ledger.open(database.replace("postgresql:", "postgresql+psycopg:")) as ledger:
        assert ledger.any_address() is not None


def test_a_server_that_is_away_is_said_plainly(tiny: TinyDistrict, tmp_path: Path) -> None:
    storage(
        tiny,
        f'ledger = "postgresql://auditor@/ledger?host={tmp_path}"',
        'ledger_password = "file:secrets/ledger-password"',
    )
    secret(tiny, "hunter2\n")
    code, document = auditor(tiny.folder, "run", "nightly", "--date", "2026-11-22")
    assert code == 1
    assert "cannot be reached" in document["error"]["what"]
    assert "hunter2" not in json.dumps(document)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("postgresql://auditor:hunter2@db.example/auditor", "password does not belong"),
        ("mysql://auditor@db.example/auditor", "PostgreSQL only"),
        ("sqlite:///ledger.sqlite", "PostgreSQL only"),
        ("postgresql://db.example", "names no database"),
        ("over there", "no address"),
    ],
)
def test_an_address_that_cannot_be_used(tiny: TinyDistrict, address: str, what: str) -> None:
    storage(tiny, f'ledger = "{address}"')
    said, cure = mistakes(tiny)["storage.ledger"]
    assert what in said
    assert "hunter2" not in said + cure
    assert cure


def test_the_extra_that_is_not_installed(
    tiny: TinyDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgerserver, "find_spec", lambda name: None)
    storage(tiny, 'ledger = "postgresql://auditor@db.example/auditor"')
    assert "auditor[postgres]" in mistakes(tiny)["storage.ledger"][1]


@pytest.mark.parametrize("password", ["hunter2", "env:", "env:1A", "file:", "keyring:x"])
def test_a_password_in_the_settings_is_refused(tiny: TinyDistrict, password: str) -> None:
    address = 'ledger = "postgresql://auditor@db.example/auditor"'
    storage(tiny, address, f'ledger_password = "{password}"')
    said, cure = mistakes(tiny)["storage.ledger_password"]
    assert "hunter2" not in said + cure
    assert "file:secrets" in cure
    storage(tiny, f'ledger_password = "{password}"')
    assert "storage.ledger_password" in mistakes(tiny)


def test_where_a_password_is_read(tiny: TinyDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    address = 'ledger = "postgresql://auditor@db.example/auditor"'
    storage(tiny, address, 'ledger_password = "file:secrets/ledger-password"')
    secret(tiny, "hunter2\n")
    assert server(tiny).url().password == "hunter2"
    assert "hunter2" not in repr(server(tiny)) + str(server(tiny))
    storage(tiny, address, 'ledger_password = "env:LEDGER_PASSWORD"')
    monkeypatch.setenv("LEDGER_PASSWORD", "from outside")
    assert server(tiny).url().password == "from outside"
    storage(tiny, address)
    assert server(tiny).url().password is None


def lose(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_text(" \n")


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def open_up(path: Path) -> None:
    path.chmod(0o640)


@pytest.mark.parametrize("spoil", [lose, empty, link, open_up])
def test_a_password_that_is_not_kept_safely(tiny: TinyDistrict, spoil: Any) -> None:
    address = 'ledger = "postgresql://auditor@db.example/auditor"'
    storage(tiny, address, 'ledger_password = "file:secrets/ledger-password"')
    spoil(secret(tiny, "hunter2\n"))
    with pytest.raises(SecretError) as refused:
        server(tiny).url()
    assert refused.value.cure
    assert "hunter2" not in str(refused.value)
