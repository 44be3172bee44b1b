"""The file of rejects, across interruptions."""

from pathlib import Path

from api_service.ingest.rejects import HEADER, RejectsFile, default_path


def test_rejects_file_without_rejects_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("of an earlier import")
    RejectsFile(path).append("")
    assert not path.exists()


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
    again = RejectsFile(rejects.path, committed)
    again.append("3,,a,ü\n")
    assert again.path.read_text(encoding="utf-8") == f"{HEADER}2,,a,b\n3,,a,ü\n"
    assert not again.lost_earlier


def test_rejects_file_resumed_without_the_earlier_one_says_so(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "r.csv", 500)
    rejects.append("3,,a,b\n")
    assert rejects.lost_earlier
    assert rejects.path.read_text() == f"{HEADER}3,,a,b\n"


def test_default_path_stands_beside_the_file() -> None:
    assert default_path(Path("data/readings.csv")) == Path("data/readings.csv.rejects.csv")
