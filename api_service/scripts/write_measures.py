"""`python -m api_service.scripts.write_measures > docs/measures.md`: the registry as a page."""

import sys

from api_service.metering.measure import Measure
from api_service.metering.measures import MEASURES

HEAD = """# Measures

Written from `api_service/metering/measures.py` by `python -m api_service.scripts.write_measures`; a test
compares. A value is computed in the unit, and written in the first fitting one of "written as". Ranges are in
the units of the columns of `electrical_data`. "Kept in rollups" are the columns of `rollups`; what is not
kept there needs raw rows.

| key | noun | unit | written as | columns (range) | bare noun means | sums over | kept in rollups |
|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The page as Markdown, one line a measure."""
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in MEASURES.values())


def _cells(row: Measure) -> list[str]:
    columns = [f"`{c.name}` ({c.low:g} to {c.high:g})" for c in row.columns]
    sums = [
        name
        for name, is_so in (("devices", row.additive_over_devices), ("time", row.additive_over_time))
        if is_so
    ]
    return [
        f"`{row.key}`",
        row.noun,
        row.unit or "–",
        ", ".join(scale.unit for scale in row.scales if scale.unit) or "–",
        ", ".join(columns) or (f"from {', '.join(row.derived_from)}" if row.derived_from else "–"),
        row.default_statistic.value,
        ", ".join(sums) or "–",
        ", ".join(f"`{name}`" for name in _kept(row)) or "–",
    ]


def _kept(row: Measure) -> list[str]:
    kept = row.rollup
    names = [kept.count, kept.sum, kept.weight, kept.first_at, kept.last_at]
    for extreme in (kept.minimum, kept.maximum):
        names += [extreme.column, extreme.at] if extreme else []
    return list(dict.fromkeys(name for name in names if name))


if __name__ == "__main__":
    sys.stdout.write(page())
