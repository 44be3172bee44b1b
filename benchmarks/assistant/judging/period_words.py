"""Whether the words of an answer name a period: a day, an hour of the day, a weekday …"""

from datetime import UTC, date, datetime, timedelta

from api_service.assistant.query.query import Per
from benchmarks.assistant.judging.said import Said, parse_moment
from benchmarks.assistant.questions.calendar_words import DAYS, MONTHS

QUARTERS_PER_DAY = 96


def names_period(said: Said, per: Per, key: int) -> bool:
    """`key` counts as the oracle does: days since 1970, quarters of an hour for hours, Monday is 0."""
    if per is Per.HOUR_OF_DAY:
        return _names_hour(said, key % 24)
    if per is Per.WEEKDAY:
        return any(word.startswith(DAYS[key][:3]) for word in said.days)
    if per is Per.WEEKDAY_OR_WEEKEND:
        return any(word.startswith("weekend" if key else "weekday") for word in said.days)
    if per is Per.HOUR:
        local = datetime.fromtimestamp(key * 900, UTC).astimezone(said.zone)
        return _names_hour(said, local.hour)
    if per is Per.MONTH:
        return any(word.startswith(MONTHS[key % 12][:3]) for word in said.days)
    day = date(1970, 1, 1) + timedelta(days=key if per is Per.DAY else key * 7 - 3)
    return _names_day(said, day, is_week=per is Per.WEEK)


def _names_hour(said: Said, hour: int) -> bool:
    clocks = set(said.reading.clocks)
    twelve = f"{(hour - 1) % 12 + 1} {'am' if hour < 12 else 'pm'}"
    return f"{hour:02d}:00" in clocks or twelve in said.text.lower()


def _names_day(said: Said, day: date, *, is_week: bool) -> bool:
    if any(found[1:] == (day.month, day.day) for found in said.reading.dates):
        return True
    days = {
        at.astimezone(said.zone).date() for item in said.evidence if (at := parse_moment(item.get("start")))
    }
    if day not in days:
        return False
    words = said.days
    named = any(word.startswith(DAYS[day.weekday()][:3]) for word in words)
    return named or bool(words & {"yesterday", "today"}) or (is_week and "week" in words)
