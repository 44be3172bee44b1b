"""Windows as people mean them, and the words for them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from benchmarks.assistant.gold.ground_truth import Truth, Window

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class NamedSpan:
    """A window that can be spoken of. `key` picks the phrasings; `words` fill their placeholders."""

    key: str
    window: Window
    words: dict[str, str]

    def readings(self, now_s: float) -> tuple[Window, ...]:
        """The windows an honest reader may take it for: one that runs up to now may include now itself."""
        if self.window[1] == now_s:
            return self.window, (self.window[0], now_s + 0.5)
        return (self.window,)


def spans(truth: Truth) -> dict[str, list[NamedSpan]]:
    """Every kind of window with its instances in which the household has readings to speak of."""
    found = [
        NamedSpan("default", (truth.now_s - 86400.0, truth.now_s), {}),
        *_rolling(truth),
        *_calendar(truth),
    ]
    first_s = min(float(meter.time_s[0]) for meter in truth.meters if len(meter.time_s))
    usable: dict[str, list[NamedSpan]] = {}
    for span in found:
        covered_s = min(span.window[1], truth.now_s) - max(span.window[0], first_s)
        if covered_s >= 900:
            usable.setdefault(span.key, []).append(span)
    return usable


def _rolling(truth: Truth) -> list[NamedSpan]:
    found = []
    for unit, seconds, counts in (("minutes", 60, (30, 45, 90)), ("hours", 3600, (2, 3, 6, 12, 36)),
                                  ("days", 86400, (2, 3, 5))):  # fmt: skip
        for count in counts:
            window = (truth.now_s - count * seconds, truth.now_s)
            found.append(NamedSpan(f"last_{unit}", window, {"n": str(count)}))
    return found


def _calendar(truth: Truth) -> list[NamedSpan]:
    today = truth.now.date()
    monday = today - timedelta(days=today.weekday())
    found = [
        NamedSpan("today", (_midnight(truth, today), truth.now_s), {}),
        NamedSpan("yesterday", day_window(truth, today - timedelta(days=1)), {}),
        NamedSpan("this_week", (_midnight(truth, monday), truth.now_s), {}),
        NamedSpan("last_week", (_midnight(truth, monday - timedelta(days=7)), _midnight(truth, monday)), {}),
    ]
    for back in range(2, 10):
        day = today - timedelta(days=back)
        words = {
            "weekday": WEEKDAYS[day.weekday()],
            "day": str(day.day),
            "month": MONTHS[day.month - 1],
            "weekday_low": WEEKDAYS[day.weekday()].lower(),
            "month_low": MONTHS[day.month - 1].lower(),
            "mon": MONTHS[day.month - 1][:3].lower(),
            "iso": day.isoformat(),
            "ordinal": _ordinal(day.day),
        }
        found.append(NamedSpan("date", day_window(truth, day), words))
        if back < 7:
            found.append(NamedSpan("weekday", day_window(truth, day), words))
    return found


def day_window(truth: Truth, day: date) -> Window:
    """A local day; 23 or 25 hours long where the clocks change."""
    return _midnight(truth, day), _midnight(truth, day + timedelta(days=1))


def _midnight(truth: Truth, day: date) -> float:
    return datetime.combine(day, time(), truth.zone).timestamp()


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 11 <= number % 100 <= 13 else ending}"
