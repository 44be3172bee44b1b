"""The table `tariffs`, read and replaced as a whole."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.analysis.calendar.periods import Recurrence
from api_service.metering.analysis.prices import Band, Prices, Tariff
from api_service.models import TariffRow


async def load_prices(session: AsyncSession) -> Prices | None:
    """All tariffs by their first day; None where none is set."""
    rows = (await session.scalars(select(TariffRow).order_by(TariffRow.valid_from))).all()
    if not rows:
        return None
    return Prices(rows[0].currency, tuple(_tariff(row) for row in rows))


async def replace_prices(session: AsyncSession, prices: Prices) -> None:
    """Store these tariffs in the place of all others."""
    await session.execute(delete(TariffRow))
    session.add_all(
        TariffRow(
            valid_from=tariff.valid_from,
            valid_to=tariff.valid_to,
            currency=prices.currency,
            price_per_kwh=tariff.price_per_kwh,
            bands=[_stored(band) for band in tariff.bands],
        )
        for tariff in prices.tariffs
    )
    await session.flush()


def _tariff(row: TariffRow) -> Tariff:
    bands = tuple(
        Band(band["price_per_kwh"], Recurrence(band["start_s"], band["end_s"], frozenset(band["weekdays"])))
        for band in row.bands
    )
    return Tariff(row.valid_from, row.price_per_kwh, bands, row.valid_to)


def _stored(band: Band) -> dict[str, Any]:
    return {
        "price_per_kwh": band.price_per_kwh,
        "start_s": band.when.start_s,
        "end_s": band.when.end_s,
        "weekdays": sorted(band.when.weekdays),
    }
