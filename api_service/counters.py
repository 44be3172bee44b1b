"""Counters of what ends below the routers; `/metrics` shows them with all others."""

from prometheus_client import Counter

QUESTIONS_ENDED = Counter("askwatt_questions_total", "Questions that this gateway ended", ["outcome"])
IMPORTED = Counter("askwatt_import_readings_total", "Readings that uploaded files brought", ["outcome"])
IMPORT_REJECTS = Counter("askwatt_import_rejected_lines_total", "Lines of uploaded files with a fault")

for _outcome in ("succeeded", "failed", "cancelled"):
    QUESTIONS_ENDED.labels(_outcome)  # a rate needs its zero
for _outcome in ("accepted", "duplicate"):
    IMPORTED.labels(_outcome)


def count_imported(accepted: int, duplicates: int, rejected_lines: int) -> None:
    """Count a committed batch of an import."""
    IMPORTED.labels("accepted").inc(accepted)
    IMPORTED.labels("duplicate").inc(duplicates)
    IMPORT_REJECTS.inc(rejected_lines)
