"""Questions that work on this very data, as suggestions; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api_service.assistant.rendering.formatting import display_name, is_plural
from api_service.assistant.types import Moment

_LEVELS = (
    "voltage",
    "current",
    "frequency",
    "THD",
    "power factor",
    "reactive power",
    "apparent power",
    "power",
)
_SHORT_RECORD = timedelta(hours=1)


@dataclass(frozen=True)
class DeviceRecord:
    """A device as suggestions need it; `power_w` is its newest power."""

    name: str
    first_seen: datetime
    last_seen: datetime
    power_w: float | None = None


@dataclass(frozen=True)
class QuestionTerms:
    """What a question names: a device, a past time in words; and its words in lower case."""

    device: str = ""
    time: str = ""
    words: frozenset[str] = frozenset()


def example_questions(
    devices: Sequence[DeviceRecord], moment: Moment, terms: QuestionTerms | None = None
) -> tuple[str, ...]:
    """Three questions about devices and a time that have readings; none where there are none.

    They keep to what was asked: its device, its time and its quantity, as far as the site has them.
    """
    terms = terms or QuestionTerms()
    lively = [device for device in devices if device.last_seen - device.first_seen >= _SHORT_RECORD] or list(
        devices
    )
    if not lively:
        return ()
    named = next((device for device in lively if device.name == terms.device), None)
    subject = named or max(lively, key=lambda device: (device.last_seen, device.power_w or 0.0))
    when = terms.time or _day_words(subject, moment)
    name = display_name(subject.name)
    was_on = f"How long {'were' if is_plural(name) else 'was'} {name} on {when}?"
    amount = _amount_question(name, when, terms.words)
    peak = f"When was the power highest {when}?"
    if named is not None:
        return (amount, was_on, f"When was the power of {name} highest {when}?")
    first = f"Which device used the most energy {when}?" if len(lively) > 1 else was_on
    return (first, amount, peak)


def _amount_question(name: str, when: str, words: frozenset[str]) -> str:
    """How much, in the quantity that the words name."""
    noun = next((noun for noun in _LEVELS if words.issuperset(noun.casefold().split())), None)
    if noun is not None:
        return f"What was the average {noun} of {name} {when}?"
    return f"How much energy did {name} use {when}?"


def _day_words(device: DeviceRecord, moment: Moment) -> str:
    """Yesterday, today, or the day of the last reading: one on which the device has readings."""
    zone = moment.timezone
    first, last = (at.astimezone(zone).date() for at in (device.first_seen, device.last_seen))
    today = moment.now.astimezone(zone).date()
    yesterday = today - timedelta(days=1)
    if first <= yesterday <= last:
        return "yesterday"
    return "today" if last == today else f"on {_written(last)}"


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
