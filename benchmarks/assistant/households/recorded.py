"""Slices of recorded data where they lie beside the repository; they are never copied into it."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.assistant.households.plans import FLAT_TARIFF, HouseholdPlan

FOLDERS = tuple(folder / "shared" / "data" for folder in Path(__file__).parents)
METERS = Path("ozm_dsual", "ozm_dsual_6meters.csv")
HOUSE = Path("uci_household", "household_power_consumption.txt")
METERS_LEFT_OUT = 6700
HOUSE_MINUTES = 7200


def recorded() -> list[HouseholdPlan]:
    """Those whose data are there: six meters every second, and a whole house every minute."""
    plans = []
    for data in [folder for folder in FOLDERS if folder.is_dir()][:1]:
        if (data / METERS).exists():
            write = _six_meters(data / METERS)
            plans.append(HouseholdPlan("ozm", "Europe/Madrid", write, mains="mains"))
        if (data / HOUSE).exists():
            write = _whole_house(data / HOUSE)
            plans.append(HouseholdPlan("uci", "Europe/Paris", write, tariff=FLAT_TARIFF))
    return plans


def _six_meters(source: Path) -> Callable[[Path], list[Path]]:
    """The last fifty minutes of each meter."""

    def write(folder: Path) -> list[Path]:
        head, *lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        seen: Counter[str] = Counter()
        kept = []
        for line in lines:
            device = line.split(",", 2)[1]
            seen[device] += 1
            if seen[device] > METERS_LEFT_OUT:
                kept.append(line)
        target = folder / "six meters.csv"
        target.write_text(head + "".join(kept), encoding="utf-8")
        return [target]

    return write


def _whole_house(source: Path) -> Callable[[Path], list[Path]]:
    """The last five days; the one device takes the name of the file."""

    def write(folder: Path) -> list[Path]:
        head, *lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        target = folder / "Paris house.txt"
        target.write_text(head + "".join(lines[-HOUSE_MINUTES:]), encoding="utf-8")
        return [target]

    return write
