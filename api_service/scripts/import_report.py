"""The report of an import as text."""

import shlex
import time
from collections.abc import Iterator

from api_service.ingest.reporting.report import ImportReport, Tally
from api_service.metering.moments import from_epoch_us
from api_service.services.imports.options import ImportOutcome
from api_service.services.imports.preview import ColumnPreview
from shared.settings import Clock, Settings

MAX_DEVICES = 40
MAX_RANGES = 10
MAX_COLUMNS = 30
HISTORIC_DAYS = 2
SECOND_US = 1_000_000


def report_lines(name: str, outcome: ImportOutcome, *, dry_run: bool) -> list[str]:
    """What came of importing `name`, line by line."""
    return [line for part in _parts(name, outcome, dry_run=dry_run) for line in part]


def _parts(name: str, outcome: ImportOutcome, *, dry_run: bool) -> Iterator[list[str]]:
    report = outcome.report
    yield _columns(outcome)
    if outcome.resumed_at_line:
        yield [f"went on after line {outcome.resumed_at_line}, where an earlier run had stopped"]
    if not report.lines:
        yield [f"{name} has a header but no readings"]
        return
    conflicts = f", of them {report.conflicts} with other values" if report.conflicts else ""
    changed = f", {report.changed} stored readings changed" if report.changed else ""
    yield [
        f"{name}: {report.accepted} {'readable' if dry_run else 'accepted'}, "
        f"{report.duplicates} duplicates{conflicts}{changed}, "
        f"{report.rejected} rejected, of {report.lines} data lines"
    ]
    if dry_run:
        yield ["dry run: nothing was stored, and duplicates of stored readings were not looked for"]
    yield _ranges("duplicates (stored already)", report.duplicate_ranges)
    yield _ranges("other values than stored", report.conflict_ranges)
    yield _tallies("rejected", report.rejects)
    if outcome.earlier_rejects_lost:
        yield ["  the rejects file of the earlier run is gone; the new one begins where this run began"]
    if outcome.rejects:
        yield [f"  each rejected line stands in {outcome.rejects}"]
    yield _tallies("left out", report.left_out)
    yield _tallies("warning", report.warnings)
    if report.set_aside is not None:
        yield [
            f"  the last line has no line end and may be half of one: set aside {report.set_aside[:80]!r}",
            "  import the file again when it has grown, or with --whole-file if it is complete",
        ]
    yield _devices(report)
    rate = f", {outcome.rows / outcome.elapsed_s:,.0f} rows/s" if outcome.elapsed_s > 0 else ""
    yield [f"{outcome.rows} lines in {outcome.elapsed_s:.1f} s{rate}"]


def preview_lines(columns: list[ColumnPreview], arguments: list[str]) -> list[str]:
    """The first values of each column as they are written and as they are stored, and how to import them."""
    lines = ["values as written, and as they are stored:"]
    for each in columns:
        written = ", ".join(each.before) or "nothing"
        stored = ", ".join("-" if value is None else f"{value}" for value in each.after)
        lines.append(
            f"  {each.column or '(no name)'}: {written}"
            + (f" -> {stored}" if each.after != each.before else "")
        )
    command = shlex.join(argument for argument in arguments if argument != "--dry-run")
    return [*lines, f"to store them: python -m api_service.scripts.import_csv_data {command}"]


def advice_on(outcome: ImportOutcome, settings: Settings) -> list[str]:
    """What to set so that questions reach historic readings."""
    if settings.clock is not Clock.WALL or outcome.newest_us is None:
        return []
    age_days = (time.time() - outcome.newest_us / SECOND_US) / 86_400
    if age_days <= HISTORIC_DAYS:
        return []
    return [
        f'the newest reading is of {_moment(outcome.newest_us)}: set CLOCK=latest in .env to make it "now"; '
        "by the wall clock no device is active"
    ]


def _columns(outcome: ImportOutcome) -> list[str]:
    layout = outcome.layout
    delimiter = {",": "comma", ";": "semicolon", "\t": "tab"}.get(layout.delimiter, layout.delimiter)
    decimal = "decimal comma, " if layout.decimal == "," else ""
    made_from = f"{outcome.converted}, " if outcome.converted else ""
    lines = [f"columns ({made_from}{delimiter}, {decimal}local times in {outcome.timezone}):"]
    lines += [
        f"  {item.name or '(no name)'}: {item.meaning}" + (f" ({item.why})" if item.why else "")
        for item in layout.columns[:MAX_COLUMNS]
    ]
    if layout.ignored:
        names = ", ".join(name or "(no name)" for name in layout.ignored[:MAX_COLUMNS])
        more = f" and {len(layout.ignored) - MAX_COLUMNS} more" if len(layout.ignored) > MAX_COLUMNS else ""
        lines.append(f"ignored columns: {names}{more}")
    if layout.stamp.interval_us:
        length = _duration(layout.stamp.interval_us)
        lines.append(f"each value is the mean of {length}, labelled at its {layout.stamp.label}")
    return lines + [f"  {note}" for note in layout.notes]


def _ranges(title: str, found: list[list[int]]) -> list[str]:
    shown = [f"{first}-{last}" if last > first else str(first) for first, last in found[:MAX_RANGES]]
    more = " and more" if len(found) > MAX_RANGES else ""
    return [f"  {title} in lines {', '.join(shown)}{more}"] if shown else []


def _tallies(title: str, tallies: dict[str, Tally]) -> list[str]:
    ordered = sorted(tallies.items(), key=lambda item: -item[1].count)
    return [
        f"  {title} {tally.count} x {sentence} (line{'s' if tally.count > 1 else ''} "
        f"{', '.join(str(line) for line in tally.lines)}{', …' if tally.count > len(tally.lines) else ''})"
        for sentence, tally in ordered
    ]


def _devices(report: ImportReport) -> list[str]:
    if not report.devices:
        return []
    first = min(span.first_us for span in report.devices.values())
    last = max(span.last_us for span in report.devices.values())
    lines = [f"{len(report.devices)} devices, {_moment(first)} to {_moment(last)}"]
    for cluster, span in sorted(report.devices.items())[:MAX_DEVICES]:
        name = report.names.get(cluster)
        label = f"cluster {cluster}" + (f" ({name})" if name else "")
        period = f", every {span.period_us / SECOND_US:g} s" if span.period_us else ""
        gaps = ""
        if span.gaps:
            longest = f"{_moment(span.longest_gap_from_us)} for {_duration(span.longest_gap_us)}"
            gaps = f", {span.gaps} gap{'s' if span.gaps > 1 else ''} (longest from {longest})"
        lines.append(f"  {label}: {span.readings} readings{period}{gaps}")
    if len(report.devices) > MAX_DEVICES:
        lines.append(f"  and {len(report.devices) - MAX_DEVICES} more")
    return lines


def _moment(microseconds: int) -> str:
    return f"{from_epoch_us(microseconds):%Y-%m-%d %H:%M:%S}Z"


def _duration(microseconds: int) -> str:
    minutes = microseconds // (60 * SECOND_US)
    if minutes >= 2880:
        return f"{minutes / 1440:.1f} days"
    return f"{minutes / 60:.1f} h" if minutes >= 120 else f"{minutes} min"
