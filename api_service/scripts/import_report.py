"""The report of an import as text."""

from collections.abc import Iterator

from api_service.ingest.report import ImportReport, Tally
from api_service.metering.moments import from_epoch_us
from api_service.services.import_service import ImportOutcome

MAX_DEVICES = 40
MAX_RANGES = 10
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
    yield [
        f"{name}: {report.accepted} {'readable' if dry_run else 'accepted'}, "
        f"{report.duplicates} duplicates, {report.rejected} rejected, of {report.lines} data lines"
    ]
    if dry_run:
        yield ["dry run: nothing was stored, and duplicates of stored readings were not looked for"]
    yield _duplicates(report)
    yield _tallies("rejected", report.rejects)
    if outcome.earlier_rejects_lost:
        yield ["  the rejects file of the earlier run is gone; the new one begins where this run began"]
    if outcome.rejects:
        yield [f"  each rejected line stands in {outcome.rejects}"]
    yield _tallies("warning", report.warnings)
    yield _devices(report)
    rate = f", {outcome.rows / outcome.elapsed_s:,.0f} rows/s" if outcome.elapsed_s > 0 else ""
    yield [f"{outcome.rows} lines in {outcome.elapsed_s:.1f} s{rate}"]


def _columns(outcome: ImportOutcome) -> list[str]:
    layout = outcome.layout
    delimiter = {",": "comma", ";": "semicolon", "\t": "tab"}.get(layout.delimiter, layout.delimiter)
    decimal = "decimal comma, " if layout.decimal == "," else ""
    lines = [
        f"columns ({delimiter}, {decimal}local times in {outcome.timezone}): {', '.join(layout.positions)}"
    ]
    if layout.ignored:
        lines.append(f"ignored columns: {', '.join(name or '(no name)' for name in layout.ignored)}")
    return lines


def _duplicates(report: ImportReport) -> list[str]:
    ranges = [
        f"{first}-{last}" if last > first else str(first)
        for first, last in report.duplicate_ranges[:MAX_RANGES]
    ]
    if not ranges:
        return []
    covered = sum(last - first + 1 for first, last in report.duplicate_ranges[:MAX_RANGES])
    more = " and more" if covered < report.duplicates else ""
    return [f"  duplicates (stored already) in lines {', '.join(ranges)}{more}"]


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
