"""The stored readings next to spans of devices, found for all spans by one statement, which is made once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from api_service.metering.moments import from_epoch_us
from api_service.metering.windows import Span
from api_service.repositories.bulk import EpochUs, is_sqlite
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.reading_spans import READINGS
from api_service.repositories.upkeep.spacing_repository import GAPS

Ends = tuple[set[int], set[int]]
_MOMENT = DateTime(timezone=True)
_TYPES: dict[str, TypeEngine[Any]] = {
    "cluster": Integer(),
    **dict.fromkeys(("first_at", "last_at", "powered_from", "powered_until"), _MOMENT),
    **dict.fromkeys(("first_us", "last_us"), BigInteger()),
}


@dataclass(frozen=True)
class _Spans:
    """The spans as columns of a statement: device, first and last moment, and how far power is looked for."""

    cluster: ColumnElement[Any]
    first_at: ColumnElement[Any]
    last_at: ColumnElement[Any]
    powered_from: ColumnElement[Any]
    powered_until: ColumnElement[Any]
    first_us: ColumnElement[Any]
    last_us: ColumnElement[Any]


async def load_neighbours(
    session: AsyncSession, devices: Mapping[int, StoredDevice], spans: Sequence[Span]
) -> dict[int, Ends]:
    """By device the moments next to its spans: of any reading, and of those with power."""
    if not spans:
        return {}
    rows = [_given(span, devices[span.clusters[0]].gap_floor_us) for span in spans]
    on_sqlite = is_sqlite(session)
    if on_sqlite:
        given: dict[str, Any] = {"spans": json.dumps(rows)}
    else:
        columns = dict(zip(_TYPES, zip(*rows, strict=True), strict=True))
        given = {
            name: [from_epoch_us(value) for value in values] if _TYPES[name] is _MOMENT else list(values)
            for name, values in columns.items()
        }
    found: dict[int, Ends] = {}
    for cluster, *moments in (await session.execute(_statement(on_sqlite=on_sqlite), given)).all():
        ends, powered = found.setdefault(cluster, (set(), set()))
        ends.update(moment for moment in moments[:2] if moment is not None)
        powered.update(moment for moment in moments[2:] if moment is not None)
    return found


def _given(span: Span, floor_us: int) -> tuple[int, ...]:
    first_us, last_us = span.start_us, span.end_us - 1
    return span.clusters[0], first_us, last_us, first_us - floor_us, last_us + floor_us, first_us, last_us


@cache
def _statement(*, on_sqlite: bool) -> Select[Any]:
    return _ends(_json_spans() if on_sqlite else _array_spans())


def _json_spans() -> _Spans:
    span = func.json_each(bindparam("spans", type_=Text())).table_valued("value", name="span")
    return _Spans(*(func.json_extract(span.c.value, f"$[{place}]") for place in range(len(_TYPES))))


def _array_spans() -> _Spans:
    arrays: list[ColumnElement[Any]] = [bindparam(name, type_=ARRAY(kind)) for name, kind in _TYPES.items()]
    names: list[ColumnElement[Any]] = [column(name, kind) for name, kind in _TYPES.items()]
    span = func.unnest(*arrays).table_valued(*names, name="span").render_derived()
    return _Spans(*(span.c[name] for name in _TYPES))


def _ends(span: _Spans) -> Select[Any]:
    """One row a span: the device, its readings next to the span, and those with power.

    A neighbour with power lies within the floor of the kept gaps, or at the other end of such a gap: never
    is more than that looked through.
    """
    has_power = READINGS.c.real_power_watt.is_not(None)
    at = READINGS.c.timestamp
    before = (has_power, at < span.first_at, at >= span.powered_from)
    after = (has_power, at > span.last_at, at <= span.powered_until)
    columns: list[ColumnElement[Any]] = [
        span.cluster.label("cluster"),
        _one(span, func.max(at), at < span.first_at),
        _one(span, func.min(at), at > span.last_at),
        _one(span, func.max(at), *before),
        _one(span, func.min(at), *after),
        *_gap_over(span, GAPS.c.start_us < span.first_us),
        *_gap_over(span, GAPS.c.start_us <= span.last_us),
    ]
    return select(*columns)


def _one(span: _Spans, moment: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(EpochUs(moment)).where(READINGS.c.cluster == span.cluster, *conditions).scalar_subquery()


def _gap_over(span: _Spans, begins: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    """Both ends of the last kept gap that begins so: gaps never overlap."""
    return [
        select(end)
        .where(GAPS.c.cluster == span.cluster, begins)
        .order_by(GAPS.c.start_us.desc())
        .limit(1)
        .scalar_subquery()
        for end in (GAPS.c.start_us, GAPS.c.end_us)
    ]
