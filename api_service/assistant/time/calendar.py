"""Days, weeks and months as they begin in the site's zone; right across clock changes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from api_service.assistant.types import Moment, Window

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class SiteCalendar:
    """The calendar on the wall of the site at a moment. All results are UTC.

    `earlier` is the window that was spoken of before ("and the week before?").
    """

    moment: Moment
    earlier: Window | None = None

    @property
    def now(self) -> datetime:
        """Now."""
        return self.moment.now.astimezone(UTC)

    @property
    def local_now(self) -> datetime:
        """Now as the site's clock shows it."""
        return self.moment.now.astimezone(self.moment.timezone)

    @property
    def today(self) -> date:
        """The site's date."""
        return self.local_now.date()

    def at(self, day: date, clock: time = time()) -> datetime:
        """A time of day; one that the clock change skips becomes the moment of the change, one that
        occurs twice is the first of both.
        """
        return datetime.combine(day, clock, self.moment.timezone).astimezone(UTC)

    def span(self, first: date, last: date, label: str) -> Window:
        """From the beginning of `first` to the end of `last`."""
        return Window(self.at(first), self.at(last + timedelta(days=1)), label)

    def between(self, start: datetime, end: datetime, label: str) -> Window:
        """A window of two moments."""
        return Window(start, end, label)

    def day_label(self, day: date) -> str:
        """ "today", "yesterday", "on Tuesday 10 March", with the year where it is another one."""
        back = (self.today - day).days
        if back in (0, 1):
            return ("today", "yesterday")[back]
        return f"on {self.date_words(day)}"

    def date_words(self, day: date) -> str:
        """ "Tuesday 10 March"."""
        words = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
        return words if day.year == self.today.year else f"{words} {day.year}"

    def past_weekday(self, weekday: int) -> date:
        """The most recent such weekday before today (0 = Monday)."""
        back = (self.today.weekday() - weekday - 1) % 7 + 1
        return self.today - timedelta(days=back)

    def this_weekday(self, weekday: int) -> date:
        """Such a weekday in the week that began on Monday."""
        return self.today + timedelta(days=weekday - self.today.weekday())

    def past_date(self, day: int, month: int | None, year: int | None) -> date | None:
        """The most recent such date up to today; with a year, that one. None where there is none."""
        if month is not None and year is not None:
            return _date(year, month, day)
        if month is not None:
            candidates = [_date(self.today.year - back, month, day) for back in range(9)]
        else:
            candidates = [_date(*self.month_back(back), day) for back in range(13)]
        return next((found for found in candidates if found is not None and found <= self.today), None)

    def month_back(self, months: int) -> tuple[int, int]:
        """Year and month so many months ago."""
        years, month = divmod(self.today.year * 12 + self.today.month - 1 - months, 12)
        return years, month + 1

    def month(self, year: int, month: int, label: str) -> Window:
        """A whole month."""
        following = date(year + month // 12, month % 12 + 1, 1)
        return Window(self.at(date(year, month, 1)), self.at(following), label)


def before(now: datetime, seconds: float) -> datetime:
    """The moment so long before now, on a full second: where now lies a moment after the newest reading, a
    window of whole periods holds that reading and the one that began it.
    """
    return (now - timedelta(seconds=seconds)).replace(microsecond=0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
