""" "tv 14/3" is a date at the end of a text, where it can be nothing else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.entity import TimeValue
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment

NOW = Moment(datetime(2026, 3, 17, 19, 30, tzinfo=UTC), ZoneInfo("UTC"))
CATALOG = Catalog((CatalogDevice(DeviceRef(1, "TV")),))


def days(text: str) -> list[datetime]:
    """The first moments of the times that a text names."""
    values = [entity.value for entity in mask(text, CATALOG, NOW).entities]
    windows = [value.readings[0].window for value in values if isinstance(value, TimeValue)]
    return [window.start for window in windows if window is not None]


@pytest.mark.parametrize("text", ["tv 14/3", "tv 3/14", "energy of the tv on 14/3"])
def test_a_day_and_a_month_are_a_date(text: str) -> None:
    assert days(text) == [datetime(2026, 3, 14, tzinfo=UTC)]


@pytest.mark.parametrize("text", ["tv 1/2", "tv 24/7", "tv 14/32", "the tv 14/3 of the whole"])
def test_what_may_be_a_fraction_is_none(text: str) -> None:
    assert days(text) == []
