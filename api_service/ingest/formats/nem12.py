"""NEM12, the meter data file of the Australian market (AEMO, Meter Data File Format): a day a line."""

import csv
import io
from datetime import datetime, timedelta
from typing import BinaryIO

HEADER = ("start", "meter", "read type", "unit", "value")
DAY_MINUTES = 1440


def is_nem12(begin: bytes) -> bool:
    """Whether a text begins with the header record of such a file, or with the details of a meter."""
    first = begin.lstrip(b"\xef\xbb\xbf").splitlines()[:1]
    return bool(first) and (
        first[0].startswith(b"100,NEM12") or (first[0].startswith(b"200,") and b"\n300," in begin)
    )


def write_nem12(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each interval of the records 300, with what the record 200 before it says."""
    lines = io.TextIOWrapper(source, "utf-8-sig", "replace", newline="")
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    meter, kind, unit, minutes = "", "", "", 30
    for row in csv.reader(lines):
        if row[:1] == ["200"] and len(row) > 8 and row[8].isdigit() and 0 < int(row[8]) <= DAY_MINUTES:
            # Registers that begin with B count what flows back.
            meter, unit, minutes = row[1], row[7], int(row[8])
            kind = "interval export" if row[4].upper().startswith("B") else "interval import"
        elif row[:1] == ["300"]:
            writer.writerows(_day(row, minutes, (meter, kind, unit)))
    lines.detach()
    text.detach()


def _day(row: list[str], minutes: int, named: tuple[str, str, str]) -> list[list[str]]:
    try:
        day = datetime.strptime(row[1], "%Y%m%d")  # noqa: DTZ007 a local day
    except (IndexError, ValueError):
        return [[row[1] if len(row) > 1 else "", *named, ""]]
    values = row[2 : 2 + DAY_MINUTES // minutes]
    return [[str(day + timedelta(minutes=minutes * at)), *named, value] for at, value in enumerate(values)]
