"""Rows as a list in one slot: "the oven (3.41 kWh) and 14 more", "Mon 3.1, Tue 4.0 kWh"."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api_service.assistant.execution.cells import Cell, Role
from api_service.assistant.rendering.formatting import format_list
from api_service.assistant.rendering.results.texts.quantities import state_text, value_text
from api_service.assistant.rendering.results.texts.times import (
    moment_text,
    part_of_day,
    period_label,
    span_text,
)
from api_service.assistant.rendering.results.view import View
from api_service.metering.analysis.calendar.periods import Period

LIST_LIMIT = 12
PERIOD_LIMIT = 24
RUN_LIMIT = 8
_WEEK = timedelta(days=7)


def items_text(items: Sequence[str], limit: int = LIST_LIMIT, total: int | None = None) -> str:
    """The first `limit` items and how many more there are of `total`."""
    more = max(len(items), total or 0) - limit
    if more <= 0:
        return format_list(items)
    return f"{', '.join(items[:limit])} and {more} more"


def rows_text(view: View, rows: Sequence[Cell]) -> str:
    """The rows of a table or profile, groups by name and value, periods by label and value."""
    if all(row.key is None for row in rows):
        return items_text([_named(view, row) for row in rows])
    subjects = list(dict.fromkeys(row.subject for row in rows))
    if len(subjects) == 1:
        return periods_text(view, rows)
    parts = [
        f"{view.name(subject)}: {periods_text(view, [row for row in rows if row.subject == subject])}"
        for subject in subjects
    ]
    return "; ".join(parts[:LIST_LIMIT]) + (
        f"; and {len(parts) - LIST_LIMIT} more" if len(parts) > LIST_LIMIT else ""
    )


def periods_text(view: View, rows: Sequence[Cell]) -> str:
    """ "Mon 3.1, Tue 4.0 and Wed 2.9 kWh"; each with its own unit where they differ."""
    labels = _labels(view, rows)
    texts = [_value(view, row) for row in rows]
    units = {_unit(text) for text in texts}
    unit = units.pop() if len(units) == 1 else ""
    if unit and len(rows) > 1:
        texts = [text.removesuffix(unit).rstrip() for text in texts]
    if any(label[-1].isdigit() for label in labels):
        # "18:00 0.4" would run two numbers together.
        values = [_value(view, row) for row in rows]
        return items_text(
            [f"{label} ({text})" for label, text in zip(labels, values, strict=True)], PERIOD_LIMIT
        )
    items = [f"{label} {text}" for label, text in zip(labels, texts, strict=True)]
    if not unit or len(rows) == 1:
        return items_text(items, PERIOD_LIMIT)
    if len(items) <= PERIOD_LIMIT:
        return f"{format_list(items)} {unit}"
    return f"{', '.join(items[:PERIOD_LIMIT])} {unit} and {len(items) - PERIOD_LIMIT} more"


def labels_text(view: View, rows: Sequence[Cell]) -> str:
    """The periods alone: "Mon 9 Mar and Tue 10 Mar"."""
    return items_text(_labels(view, rows), PERIOD_LIMIT)


def _labels(view: View, rows: Sequence[Cell]) -> list[str]:
    is_long = _spans_weeks(view, rows)
    if rows[0].period is Period.HOUR:
        is_long = max(row.start for row in rows) - min(row.start for row in rows) >= timedelta(days=1)
    return [period_label(row, view.moment, is_long=is_long) + part_of_day(row, view.moment) for row in rows]


def _spans_weeks(view: View, rows: Sequence[Cell]) -> bool:
    """Whether a weekday may come twice in the time that the rows are taken from."""
    window = view.window
    if window is None or window.end - window.start > _WEEK:
        return True
    return max(row.end for row in rows) - min(row.start for row in rows) > _WEEK


def _unit(text: str) -> str:
    """The unit at the end of "3.41 kWh"; "" of what is written in several units or in none."""
    number, _, unit = text.partition(" ")
    return unit if number[:1].isdigit() and " " not in unit and unit != "times" else ""


def _value(view: View, row: Cell) -> str:
    if isinstance(row.value, datetime):
        return moment_text(row.value, view.moment, view.window)
    text = value_text(row, limits=view.result_limits)
    is_change = row.role is Role.DIFFERENCE or row.statistic == "trend"
    if is_change and row.number > 0:
        return f"+{text}"
    return text


def _named(view: View, row: Cell) -> str:
    name = group_name(view, row)
    parts = [_value(view, row)]
    if row.at is not None and not isinstance(row.value, datetime) and row.statistic in ("min", "max"):
        parts.append(_moment(view, row))
    return f"{name} ({', '.join(parts)})"


def _moment(view: View, row: Cell) -> str:
    if row.at is None:
        return ""
    if row.until is not None and row.until > row.at:
        return span_text(row.at, row.until, view.moment, view.window)
    return moment_text(row.at, view.moment, view.window)


def group_name(view: View, row: Cell) -> str:
    """The name of a row's group: device, group or recorded state."""
    if row.state is not None:
        return state_text(row.state)
    return view.name(row.subject)


def runs_text(view: View, rows: Sequence[Cell], total: int | None) -> str:
    """ "from 07:12 to 07:40 and from 18:05 to 18:30", with names where they are of several devices."""
    several = len({row.subject for row in rows}) > 1
    items = [(f"{view.name(row.subject)} " if several else "") + _moment(view, row) for row in rows]
    return items_text(items, RUN_LIMIT, total)
