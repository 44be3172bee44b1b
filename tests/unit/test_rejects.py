"""The file of rejects, across interruptions."""

from pathlib import Path

import pytest

from api_service.ingest.reporting.rejects import HEADER, RejectsFile, free_path
from shared.errors import InvalidInput


def test_rejects_file_without_rejects_does_not_exist(tmp_path: Path) -> None:
    RejectsFile(tmp_path / "r.csv").append("")
    assert not (tmp_path / "r.csv").exists()


def test_rejects_file_never_writes_over_another(tmp_path: Path) -> None:
    path = tmp_path / "precious.csv"
    path.write_text("mine")
    with pytest.raises(InvalidInput, match="--rejects"):
        RejectsFile(path).append("2,,a,b\n")
    assert path.read_text() == "mine"


def test_rejects_file_gets_its_header_once(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "r.csv")
    rejects.append("2,,a,b\n")
    rejects.append("3,,a,b\n")
    assert rejects.path.read_text() == f"{HEADER}2,,a,b\n3,,a,b\n"
    assert rejects.size == rejects.path.stat().st_size


def test_rejects_file_resumed_cuts_off_what_was_not_committed(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "r.csv")
    rejects.append("2,,a,b\n")
    committed = rejects.size
    rejects.append("3,,lost,x\n")
    again = RejectsFile(rejects.path, committed, is_resumed=True)
    again.append("3,,a,ü\n")
    assert again.path.read_text(encoding="utf-8") == f"{HEADER}2,,a,b\n3,,a,ü\n"
    assert not again.lost_earlier


def test_rejects_file_resumed_without_the_earlier_one_says_so(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "r.csv", 500, is_resumed=True)
    rejects.append("3,,a,b\n")
    assert rejects.lost_earlier
    assert rejects.path.read_text() == f"{HEADER}3,,a,b\n"


def test_free_path_stands_beside_the_file_and_is_another_for_each_import(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    assert free_path(file) == tmp_path / "readings.csv.rejects.csv"
    free_path(file).write_text("of an earlier import")
    assert free_path(file) == tmp_path / "readings.csv.rejects.2.csv"
