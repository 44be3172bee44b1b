"""How moments, spans, periods and recurring hours are written, in the site's zone."""

from datetime import date, datetime, timedelta

from api_service.assistant.execution.cells import Cell
from api_service.assistant.types import Moment, Window
from api_service.metering.analysis.calendar.periods import Period, Recurrence, Term, TimeFilter

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = frozenset(range(7))
WORKDAYS, WEEKEND = frozenset(range(5)), frozenset((5, 6))
DAY_S = 86_400


def moment_text(at: datetime, moment: Moment, window: Window | None = None) -> str:
    """ "at 18:32", "yesterday at 18:32", "on Tuesday 10 March at 18:32".

    The day is left out where the window lies within it, and of today's moments without a window.
    """
    local = at.astimezone(moment.timezone)
    clock = f"at {local:%H:%M}"
    today = moment.now.astimezone(moment.timezone).date()
    if local.date() == (_only_day(window, moment) if window else today):
        return clock
    return f"{day_text(local.date(), moment)} {clock}"


def moment_window(at: datetime, moment: Moment) -> Window:
    """A moment as a time that is named."""
    return Window(at, at, moment_text(at, moment))


def span_text(start: datetime, end: datetime, moment: Moment, window: Window | None = None) -> str:
    """ "from 07:12 to 07:40", "on Tuesday 10 March from 07:12 to 07:40", over midnight with both days."""
    first, last = (at.astimezone(moment.timezone) for at in (start, end))
    if f"{first:%Y%m%d%H:%M}" == f"{last:%Y%m%d%H:%M}":
        return moment_text(start, moment, window)
    if first.date() == last.date() or (
        (last.hour, last.minute) == (0, 0) and last.date() - first.date() == timedelta(days=1)
    ):
        clocks = f"from {first:%H:%M} to {'24:00' if last.date() != first.date() else f'{last:%H:%M}'}"
        if first.date() == (_only_day(window, moment) if window else None):
            return clocks
        return f"{day_text(first.date(), moment)} {clocks}"
    return " ".join(
        f"{word} {day_text(at.date(), moment).removeprefix('on ')} at {at:%H:%M}"
        for word, at in (("from", first), ("to", last))
    )


def day_text(day: date, moment: Moment) -> str:
    """ "today", "yesterday", "on Tuesday 10 March", "on 3 May 2025"."""
    today = moment.now.astimezone(moment.timezone).date()
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    if day.year != today.year:
        return f"on {day.day} {day:%B} {day.year}"
    return f"on {day:%A} {day.day} {day:%B}"


def _only_day(window: Window, moment: Moment) -> date | None:
    """The local day in which a window lies; None for a longer one."""
    first = window.start.astimezone(moment.timezone).date()
    last = (window.end - timedelta(microseconds=1)).astimezone(moment.timezone).date()
    return first if first == last else None


def period_text(cell: Cell, moment: Moment, window: Window | None = None) -> str:
    """A period in a sentence: "on Tuesday 10 March", "between 18:00 and 19:00", "on weekends"."""
    local = cell.start.astimezone(moment.timezone)
    if cell.period is Period.HOUR:
        clock = f"between {local:%H}:00 and {(local.hour + 1):02d}:00"
        if window is not None and _only_day(window, moment) == local.date():
            return clock
        return f"{day_text(local.date(), moment)} {clock}"
    if cell.period is Period.DAY:
        return day_text(local.date(), moment)
    if cell.period is Period.WEEK:
        monday = local.date() - timedelta(days=local.weekday())
        return f"in the week of {monday.day} {monday:%B}{_year(monday, moment)}"
    if cell.period is Period.MONTH:
        return f"in {local:%B}{_year(local.date(), moment)}"
    return _gathered(cell)


def _gathered(cell: Cell) -> str:
    key = cell.key or 0
    if cell.period is Period.HOUR_OF_DAY:
        return f"between {key:02d}:00 and {key + 1:02d}:00"
    if cell.period is Period.WEEKDAY:
        return f"on {DAY_NAMES[key]}s"
    return "on weekends" if key else "on weekdays"


def period_label(cell: Cell, moment: Moment, *, is_long: bool = False) -> str:
    """A period in a list: "Tue", "Tue 10 Mar" (`is_long`: over more than a week), "18:00", "weekends"."""
    local = cell.start.astimezone(moment.timezone)
    key = cell.key or 0
    labels = {
        Period.HOUR: f"{local:%a} {local:%H}:00" if is_long else f"{local:%H}:00",
        Period.DAY: f"{local:%a} {local.day} {local:%b}" if is_long else f"{local:%a}",
        Period.WEEK: "",
        Period.MONTH: f"{local:%b}{_year(local.date(), moment)}",
        Period.HOUR_OF_DAY: f"{key:02d}:00",
        Period.WEEKDAY: DAY_NAMES[key][:3] if key < 7 else "",
        Period.WEEKDAY_OR_WEEKEND: "weekends" if key else "weekdays",
        Period.WINDOW: "",
    }
    if cell.period is Period.WEEK:
        monday = local.date() - timedelta(days=local.weekday())
        return f"week of {monday.day} {monday:%b}{_year(monday, moment)}"
    return labels[cell.period]


def part_of_day(cell: Cell, moment: Moment) -> str:
    """ " until 19:30", " from 19:30" of a day that the window or the present cuts; "" of a whole one."""
    if cell.period is not Period.DAY or cell.key is None:
        return ""
    start = cell.start.astimezone(moment.timezone)
    end = min(cell.end, moment.now).astimezone(moment.timezone)
    if start.date() != (end - timedelta(microseconds=1)).date():
        return ""
    begins = "" if (start.hour, start.minute) == (0, 0) else f" from {start:%H:%M}"
    ends = "" if (end.hour, end.minute) == (0, 0) else f" until {end:%H:%M}"
    return begins + ends


def _year(day: date, moment: Moment) -> str:
    return "" if day.year == moment.now.astimezone(moment.timezone).year else f" {day.year}"


def past_label(label: str) -> str:
    """ "since yesterday" as a span that takes the past tense."""
    return f"from {label.removeprefix('since ')} until now" if label.startswith("since ") else label


def bare_label(label: str) -> str:
    """A time without its preposition."""
    for word in ("on ", "at ", "in ", "since ", "from "):
        label = label.removeprefix(word)
    return label


# --- recurring hours --------------------------------------------------------------------------------------


def filter_text(condition: TimeFilter) -> str:
    """ "on weekdays between 09:00 and 17:00", "on weekends", "outside 22:00 to 06:00"; "" for any time."""
    return " ".join(filter(None, (_term_text(term) for term in condition.terms)))


def _term_text(term: Term) -> str:
    days = {part.weekdays for part in term.recurrences}
    clocks = [_clock_span(part) for part in term.recurrences if (part.start_s, part.end_s) != (0, DAY_S)]
    if len(days) != 1:
        return _joined([f"{_days_text(part.weekdays)} {_between(part)}".strip() for part in term.recurrences])
    named = _days_text(next(iter(days)))
    if term.negated:
        hours = f"outside {' and '.join(f'{start} to {end}' for start, end in clocks)}" if clocks else ""
        return f"{hours} {named}".strip() if hours else f"not {named}"
    hours = " and ".join(f"between {start} and {end}" for start, end in clocks)
    return f"{named} {hours}".strip()


def _between(part: Recurrence) -> str:
    return "" if (part.start_s, part.end_s) == (0, DAY_S) else "between {} and {}".format(*_clock_span(part))


def _clock_span(part: Recurrence) -> tuple[str, str]:
    return _clock(part.start_s), _clock(part.end_s)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


def _days_text(days: frozenset[int]) -> str:
    if days == WEEK:
        return ""
    known = {WORKDAYS: "on weekdays", WEEKEND: "on weekends"}
    return known.get(days) or "on " + _joined([f"{DAY_NAMES[day]}s" for day in sorted(days)])


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]
