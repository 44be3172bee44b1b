"""Two databases that hold the same have the same figures, whatever their collation sorts first."""

from launcher.backups.errors import reason_of
from launcher.backups.figures import Figures

LIVES = [[1, "on", 3, 1.5, 90.0], [1, "Off", 2, 0.0, 0.0], [1, None, 1, 0.1, 6.0]]


def figures(lives: list[list[object]]) -> Figures:
    return Figures("0012", {"electrical_data": 6}, [["life", 3, 6]], lives)


def test_rows_in_another_order_are_equal() -> None:
    assert figures(LIVES).differences(figures(LIVES[::-1])) == []


def test_other_energy_of_one_device_differs() -> None:
    other = [*LIVES[:2], [1, None, 1, 0.2, 6.0]]
    assert figures(LIVES).differences(figures(other)) == ["the sums over devices' lives differ"]


def test_failure_without_words_is_told_by_its_name() -> None:
    assert reason_of(TimeoutError()) == "TimeoutError"
    assert reason_of(OSError("the disk is full")) == "the disk is full"
