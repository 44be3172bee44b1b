"""Questions that work on this very data, as suggestions; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from api_service.assistant.rendering.formatting import display_name
from api_service.assistant.types import Moment

_SHORT_RECORD = timedelta(hours=1)


@dataclass(frozen=True)
class DeviceRecord:
    """A device as suggestions need it; `power_w` is its newest power."""

    name: str
    first_seen: datetime
    last_seen: datetime
    power_w: float | None = None


def example_questions(devices: Sequence[DeviceRecord], moment: Moment) -> tuple[str, ...]:
    """Three questions about devices and a day that have readings; none where there are none."""
    lively = [device for device in devices if device.last_seen - device.first_seen >= _SHORT_RECORD] or list(
        devices
    )
    if not lively:
        return ()
    subject = max(lively, key=lambda device: (device.last_seen, device.power_w or 0.0))
    day = _day_words(subject, moment)
    name = display_name(subject.name)
    first = (
        f"Which device used the most energy {day}?" if len(lively) > 1 else f"How long was {name} on {day}?"
    )
    return (first, f"How much energy did {name} use {day}?", f"When was the power highest {day}?")


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
