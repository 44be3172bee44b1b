"""Commands with --site: what one does to a site, no other notices; the log of changes says where."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from api_service.edge.api_keys import ApiKeys
from api_service.scripts import apply_retention, check_rollups, create_key, keys, reset_db, undo_import
from api_service.scripts.import_csv_data import main as import_files
from api_service.services.access.key_service import digest_of
from api_service.site_names import site_file
from migrations.__main__ import main as migrate
from shared.errors import InvalidInput

Count = Callable[[str, str], int]


@pytest.fixture
def count(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Rows of a table of a site, after a further site was made."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    assert migrate(["upgrade", "--site", "roof"]) == 0
    main = Path(str(make_url(sqlite_url).database))

    def rows(site: str, table: str) -> int:
        path = main if site == "default" else site_file(main, site)
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    return rows


def test_import_undo_and_reset_keep_to_their_site(
    count: Count, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "meter.csv"
    file.write_text("timestamp,device,power[W]\n2026-03-11T00:00:00Z,lamp,5\n2026-03-11T00:01:00Z,lamp,6\n")
    assert import_files([str(file), "--site", "roof"]) == 0
    assert (count("roof", "electrical_data"), count("default", "electrical_data")) == (2, 0)
    assert import_files([str(file)]) == 0  # the same file is new to the other site
    assert (count("roof", "electrical_data"), count("default", "electrical_data")) == (2, 2)
    assert check_rollups.main([]) == 0
    assert apply_retention.main([]) == 0
    assert undo_import.main(["1", "--yes", "--site", "roof"]) == 0
    assert (count("roof", "electrical_data"), count("default", "electrical_data")) == (0, 2)
    assert import_files([str(file), "--site", "roof"]) == 0
    assert reset_db.main(["--yes"]) == 0
    assert (count("roof", "electrical_data"), count("default", "electrical_data")) == (2, 0)
    assert count("default", "sites") == 1  # whoever resets the data does not lose the other sites
    assert reset_db.main(["--yes", "--site", "roof"]) == 0
    assert count("roof", "electrical_data") == 0
    assert count("roof", "audit_log") == 0
    assert count("default", "audit_log WHERE site = 'roof'") == 2
    assert "site roof of " in capsys.readouterr().err
    assert import_files([str(file), "--site", "cellar"]) == 2
    assert "There is no site cellar" in capsys.readouterr().err


def test_check_names_the_site_whose_rollups_differ(
    count: Count, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "meter.csv"
    file.write_text("timestamp,device,power[W]\n2026-03-11T00:00:00Z,lamp,5\n2026-03-11T00:01:00Z,lamp,6\n")
    assert import_files([str(file), "--site", "roof"]) == 0
    path = site_file(Path(str(make_url(sqlite_url).database)), "roof")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM rollups WHERE resolution = 'hour'")
        connection.commit()
    assert check_rollups.main([]) == 1
    assert "site roof, cluster 1: 1 hours differ" in capsys.readouterr().out
    assert check_rollups.main(["--rebuild"]) == 0
    assert check_rollups.main([]) == 0


def test_keys_of_a_site_are_made_by_commands(
    count: Count, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.main(["create", "Bea", "--site", "cellar"]) == 1
    assert keys.main(["create", "Bea", "--site", "roof"]) == 0
    assert keys.main(["create", "Ali"]) == 0
    capsys.readouterr()
    assert keys.main(["list"]) == 0
    listed = {line.split(": ")[1]: line for line in capsys.readouterr().out.splitlines()}
    assert set(listed) == {"Bea  (site roof)", "Ali"}
    assert keys.main(["revoke", listed["Bea  (site roof)"].split()[0]]) == 0
    assert count("default", "api_keys WHERE revoked_at IS NOT NULL AND site = 'roof'") == 1


def test_file_of_keys_names_sites_and_no_key_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["create_key", "Bea", "--site", "roof"])
    create_key.main()
    key, line = (text.partition(": ")[2] for text in capsys.readouterr().out.splitlines())
    path = tmp_path / "keys"
    path.write_text(f"{line}\n{digest_of('a')} Ali\n")
    found = ApiKeys.read(path)
    assert found.names == {digest_of(key): "Bea", digest_of("a"): "Ali"}
    assert found.sites == {digest_of(key): "roof", digest_of("a"): "default"}
    for bad in (f"Roof:{digest_of('a')} Ali", f"{line}\n{digest_of(key)} Bea", f":{digest_of('a')} Ali"):
        path.write_text(f"{bad}\n")
        with pytest.raises(InvalidInput):
            ApiKeys.read(path)
