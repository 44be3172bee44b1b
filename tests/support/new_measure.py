"""Adds a measure to the registry in a process of its own and takes it from a request to a written answer.

Only what a contributor would add is added: one row, and its columns (here in place of a migration). Prints
what came out as JSON.
"""

import asyncio
import json
import sys
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from api_service.metering import measures
from api_service.metering.measure import Extreme, Measure, RollupColumns, Scale, SourceColumn, Statistic

TEMPERATURE = Measure(
    key="temperature",
    noun="temperature",
    unit="°C",
    scales=(Scale("°C", 1.0, 0.0, 1, 1, ("°c", "degrees")),),
    synonyms=("temperature", "warmth"),
    columns=(SourceColumn("temperature_k10", 0.1, -500.0, 1500.0),),
    rollup=RollupColumns("temperature_n", "temperature_sum_c", maximum=Extreme("temperature_max_c")),
)
ROWS = [("00:00", 215), ("00:20", 225), ("00:40", 9999), ("01:00", 265)]


async def main(url: str) -> dict[str, Any]:
    measures.MEASURES = MappingProxyType({**measures.MEASURES, "temperature": TEMPERATURE})
    # Everything below is imported after the row is there, as after a restart of the gateway.
    from sqlalchemy import BigInteger, Column, Double

    from api_service.database.sessions import create_engine, session_factory, snapshot
    from api_service.metering.display import format_value
    from api_service.metering.moments import from_epoch_us
    from api_service.models import Base, ElectricalData, Rollup

    ElectricalData.__table__.append_column(Column("temperature_k10", Double))
    for name, kind in (
        ("temperature_n", BigInteger),
        ("temperature_sum_c", Double),
        ("temperature_max_c", Double),
    ):
        Rollup.__table__.append_column(Column(name, kind))

    from api_service.repositories.aggregates import window_stats
    from api_service.schemas.plots import SeriesQuery
    from api_service.services.plot_service import PlotService
    from api_service.services.readings_service import JSON, ReadingsService
    from shared.settings import Settings

    settings = Settings(_env_file=None, database_url=url)
    engine = create_engine(settings)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = session_factory(engine)
    body = [
        {
            "timestamp": f"2026-03-01T{at}:00Z",
            "cluster": 1,
            "real_power_watt": 10.0,
            "temperature_k10": tenths,
        }
        for at, tenths in ROWS
    ]
    outcome = await ReadingsService(sessions, settings).add(JSON, json.dumps(body).encode())
    start = from_epoch_us(1_772_323_200_000_000)  # 2026-03-01T00:00Z
    async with snapshot(sessions) as session:
        stats = (await window_stats(session, start, start + timedelta(hours=2)))[1]
    query = SeriesQuery(quantity="temperature", start=start, end=start + timedelta(hours=2), bucket="1h")
    series = await PlotService(sessions, settings).series(1, query)
    await engine.dispose()
    mean, highest = stats["temperature", Statistic.MEAN], stats["temperature", Statistic.MAX]
    assert mean is not None
    return {
        "accepted": outcome.accepted,
        "left_out": [(reject.row, reject.field) for reject in outcome.left_out],
        "mean": mean,
        "max": highest,
        "series": [point.mean for point in series.points],
        "unit": series.unit,
        "written": format_value("temperature", mean),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1]))))
