"""What a kilowatt-hour costs at a moment: tariffs with validity dates and bands by time of day; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from api_service.metering.analysis.calendar.local_time import LocalClock
from api_service.metering.analysis.calendar.periods import Pieces, Recurrence
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.power_curve import DAY_US, MICROSECONDS

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Band:
    """A price per kWh in a recurring part of the day."""

    price_per_kwh: float
    when: Recurrence


@dataclass(frozen=True)
class Tariff:
    """Prices from the local day `valid_from` until another tariff begins, or through `valid_to`.

    The first band that holds gives the price, `price_per_kwh` where none does. Energy sent back (negative)
    is credited at the same price.
    """

    valid_from: date
    price_per_kwh: float
    bands: tuple[Band, ...] = ()
    valid_to: date | None = None

    @property
    def first_day(self) -> int:
        """`valid_from` counted from 1970-01-01."""
        return (self.valid_from - _EPOCH).days

    @property
    def day_after(self) -> int | None:
        """The first day on which it is no longer valid."""
        return None if self.valid_to is None else (self.valid_to - _EPOCH).days + 1


@dataclass(frozen=True)
class Prices:
    """All tariffs of the site, in one currency (ISO 4217)."""

    currency: str
    tariffs: tuple[Tariff, ...]

    def at(self, day: IntArray, second: IntArray) -> FloatArray:
        """Price per kWh at local days and seconds of the day; NaN where no tariff is valid."""
        price = np.full(len(day), np.nan)
        for tariff in sorted(self.tariffs, key=lambda one: one.valid_from):
            valid = day >= tariff.first_day
            price[valid] = tariff.price_per_kwh
            for band in reversed(tariff.bands):
                price[valid & band.when.holds(day, second)] = band.price_per_kwh
            if tariff.day_after is not None:
                price[day >= tariff.day_after] = np.nan
        return price

    @property
    def seconds(self) -> frozenset[int]:
        """The seconds of the day at which the price may change."""
        ends = {
            edge % 86_400
            for tariff in self.tariffs
            for band in tariff.bands
            for edge in (band.when.start_s, band.when.end_s)
        }
        return frozenset(ends | {0})


def priced(pieces: Pieces, prices: Prices, clock: LocalClock) -> Pieces:
    """The pieces, cut where the price may change, with their prices."""
    finer = pieces.cut_further(clock, [second * MICROSECONDS for second in sorted(prices.seconds)])
    local_us = clock.local_us(finer.edges_us[:-1])
    price = prices.at(local_us // DAY_US, local_us % DAY_US // MICROSECONDS)
    return finer.with_price(price)


def earliest(tariffs: Sequence[Tariff]) -> date | None:
    """The first day that has a price."""
    return min((tariff.valid_from for tariff in tariffs), default=None)
