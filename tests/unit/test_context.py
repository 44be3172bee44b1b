"""A question that points back is read in its context only; any other one may stand by itself."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import mask
from api_service.assistant.types import DeviceRef, Moment
from api_service.assistant.understanding.reading.context import points_back

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
CATALOG = Catalog((CatalogDevice(DeviceRef(1, "Fridge")), CatalogDevice(DeviceRef(2, "Oven"))))


@pytest.mark.parametrize(
    "text",
    [
        "and the oven?",
        "what about yesterday",
        "only on weekends",
        "how much did it cost",
        "the same for the oven",
        "",
    ],
)
def test_half_a_question_points_back(text: str) -> None:
    assert points_back(mask(text, CATALOG, NOW))


@pytest.mark.parametrize(
    "text",
    ["how much did the fridge use yesterday?", "which devices are active", "is the oven switched on"],
)
def test_whole_question_does_not(text: str) -> None:
    assert not points_back(mask(text, CATALOG, NOW))
