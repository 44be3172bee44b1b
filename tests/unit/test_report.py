"""The report of an import, and its way through JSON."""

import json
from io import BytesIO
from zoneinfo import ZoneInfo

import numpy as np

from api_service.ingest.pipeline import Batch, batches
from api_service.ingest.reporting.report import ImportReport, Tally
from api_service.metering.blocks import WriteResult
from tests.support.layouts import layout_of, start_of

FILE = b"""timestamp,cluster,real_power_watt,device_name
2026-03-09T00:00:00Z,1,100,Oven
2026-03-09T00:01:00Z,1,x,Oven
2026-03-09T00:02:00Z,1,300,Oven

2026-03-09T00:03:00Z,1,400,Oven
2026-03-09T00:04:00Z,one,400,Oven
2026-03-09T00:05:00Z,1,500,Oven
2026-03-09T00:06:00Z,2,y,Oven
"""


def batch() -> Batch:
    stream = BytesIO(FILE)
    layout = layout_of(FILE)
    (found,) = batches(stream, layout, ZoneInfo("UTC"), start_of(layout, FILE))
    return found


def test_report_of_a_batch_counts_every_line_and_names_duplicate_lines() -> None:
    report = ImportReport()
    # Lines 4 and 6 are the rows 1 and 2 of the good ones.
    report.add(batch(), batch().rows.columns, WriteResult(2, np.array([1, 2])))
    assert (report.accepted, report.duplicates, report.rejected, report.blank, report.lines) == (
        2,
        2,
        3,
        1,
        7,
    )
    assert report.duplicate_ranges == [[4, 4], [6, 6]]
    assert report.rejects == {
        "real_power_watt: not a number": Tally(2, [3, 9]),
        "cluster: not a whole number": Tally(1, [7]),
    }
    assert report.names == {1: "Oven"}
    assert report.devices[1].readings == 4


def test_report_of_a_dry_run_takes_readable_rows_for_accepted() -> None:
    report = ImportReport()
    report.add(batch(), batch().rows.columns, None)
    assert (report.accepted, report.duplicates, report.rejected) == (4, 0, 3)


def test_report_through_json_is_the_same_and_goes_on_counting() -> None:
    report = ImportReport()
    report.add(batch(), batch().rows.columns, WriteResult(3, np.array([0])))
    again = ImportReport.from_state(json.loads(json.dumps(report.to_state())))
    assert again == report
    again.add(batch(), batch().rows.columns, WriteResult(0, np.arange(4)))
    assert again.lines == 14
    assert again.rejects["cluster: not a whole number"] == Tally(2, [7, 7])


def test_report_keeps_bounded_examples_and_ranges() -> None:
    report = ImportReport()
    for _ in range(200):
        report.add(batch(), batch().rows.columns, WriteResult(2, np.array([0, 2])))
    assert len(report.duplicate_ranges) == 50
    assert len(report.rejects["cluster: not a whole number"].lines) == 5
    assert report.duplicates == 400
