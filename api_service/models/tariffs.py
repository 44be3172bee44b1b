"""Tariffs: what a kilowatt-hour costs, from when on."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Date, Double, String
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base


class TariffRow(Base):
    """Prices from the local day `valid_from` until another tariff begins, or through `valid_to`.

    `bands` are objects of `price_per_kwh`, `start_s` and `end_s` (seconds after local midnight, past midnight
    if `end_s` is not larger) and `weekdays` (0 is Monday); the first that holds counts.
    """

    __tablename__ = "tariffs"

    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    price_per_kwh: Mapped[float] = mapped_column(Double)
    bands: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
