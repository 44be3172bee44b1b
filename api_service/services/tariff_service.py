"""Tariffs as a user reads and sets them."""

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.analysis.calendar.periods import Recurrence
from api_service.metering.analysis.prices import Band, Prices, Tariff
from api_service.repositories.queries.tariff_repository import load_prices, replace_prices
from api_service.schemas.tariffs import PriceBand, TariffBody, Tariffs

MINUTE_S = 60
HOUR_S = 3600


class TariffService:
    """The site's tariffs, all at once."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def tariffs(self) -> Tariffs:
        """All tariffs by their first day."""
        async with snapshot(self._sessions) as session:
            return _body(await load_prices(session))

    async def replace(self, body: Tariffs) -> Tariffs:
        """Put these in the place of all tariffs."""
        prices = Prices(body.currency, tuple(_tariff(tariff) for tariff in body.tariffs))
        async with transaction(self._sessions) as session:
            await replace_prices(session, prices)
            return _body(await load_prices(session))


def _body(prices: Prices | None) -> Tariffs:
    if prices is None:
        return Tariffs(tariffs=[])
    tariffs = [
        TariffBody(
            valid_from=tariff.valid_from,
            valid_to=tariff.valid_to,
            price_per_kwh=tariff.price_per_kwh,
            bands=[_band_body(band) for band in tariff.bands],
        )
        for tariff in prices.tariffs
    ]
    return Tariffs(currency=prices.currency, tariffs=tariffs)


def _band_body(band: Band) -> PriceBand:
    return PriceBand(
        price_per_kwh=band.price_per_kwh,
        start=_clock(band.when.start_s),
        end=_clock(band.when.end_s),
        weekdays=sorted(band.when.weekdays),
    )


def _tariff(body: TariffBody) -> Tariff:
    bands = tuple(
        Band(
            band.price_per_kwh,
            Recurrence(_seconds(band.start), _seconds(band.end), frozenset(band.weekdays)),
        )
        for band in body.bands
    )
    return Tariff(body.valid_from, body.price_per_kwh, bands, body.valid_to)


def _seconds(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * HOUR_S + int(minute) * MINUTE_S


def _clock(seconds: int) -> str:
    return f"{seconds // HOUR_S:02d}:{seconds % HOUR_S // MINUTE_S:02d}"
