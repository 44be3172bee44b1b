"""Any order of writes, replacements, deletions, merges, undone imports and drops leaves exact rollups."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import ConflictRule, WriteOptions
from api_service.metering.moments import epoch_us
from api_service.models import Device, ElectricalData, ImportSpan
from api_service.repositories.bulk import is_sqlite
from api_service.repositories.device_repository import lock_devices
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import set_largest_gap
from api_service.repositories.upkeep.deletion import delete_device, delete_span, undo_import
from api_service.repositories.upkeep.dropping import drop_month, drop_rows, mark_dropped, months_to_drop
from api_service.repositories.upkeep.merging import merge_devices
from shared.errors import NotKept
from tests.integration.rollup_check import assert_rollups_equal_raw, wipe
from tests.support.reading_oracle import MEASURED, START, Row, block

# One limit for all devices: hours whose readings are gone keep the limit under which they were made.
GAP_S = 100.0
# START is a 10th: readings lie around the 1st of the month after, at which the older ones are dropped.
NEXT_MONTH_S = 22 * 86_400
NEXT_MONTH = START + timedelta(seconds=NEXT_MONTH_S)
AT = st.one_of(
    st.integers(-150, 150).map(lambda k: NEXT_MONTH_S + 20 * k),
    st.integers(-20, 20).map(lambda k: NEXT_MONTH_S + 1800 * k),
)
POWER = st.sampled_from([None, 0.0, 60.0, 99.5, -40.0])
ROWS = st.lists(
    st.builds(
        Row,
        at=AT,
        cluster=st.integers(1, 2),
        real_power_watt=POWER,
        voltage=st.sampled_from([None, 229.0, 231.5]),
        device_state=st.sampled_from([None, "on", "off"]),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Stored:
    """What must be stored: rows by key with the import that added them, and whether they are still single."""

    rows: dict[tuple[int, float], Row] = field(default_factory=dict)
    numbers: dict[tuple[int, float], int] = field(default_factory=dict)
    kept_from_s: dict[int, float] = field(default_factory=dict)
    dropped: set[tuple[int, float]] = field(default_factory=set)

    def write(self, rows: Iterable[Row], rule: ConflictRule, number: int) -> None:
        seen = set()
        for row in rows:
            key = row.cluster, row.at
            if key in seen or row.at < self.kept_from_s.get(row.cluster, row.at):
                continue
            seen.add(key)
            if key not in self.rows:
                self.rows[key], self.numbers[key] = row, number
            elif rule is not ConflictRule.KEEP:
                self.rows[key] = _merged(row, self.rows[key], rule)

    def remove(self, keys: Iterable[tuple[int, float]]) -> int:
        gone = list(keys)
        for key in gone:
            del self.rows[key], self.numbers[key]
            self.dropped.discard(key)
        for cluster in {key[0] for key in gone} - {key[0] for key in self.rows}:
            self.kept_from_s.pop(cluster, None)
        return len(gone)

    def merge(self, rule: ConflictRule) -> tuple[int, int] | None:
        """Device 1 into 2: how many readings move, and how many moments are taken; None: it cannot be."""
        if {1, 2} - {cluster for cluster, _ in self.rows} or self.kept_from_s:
            return None
        own = [key for key in sorted(self.rows) if key[0] == 1]
        taken = [key for key in own if (2, key[1]) in self.rows]
        for key in own:
            self.write([replace(self.rows[key], cluster=2)], rule, self.numbers[key])
        self.remove(own)
        return len(own) - len(taken), len(taken)

    def drop(self) -> None:
        older = {key for key in self.rows if key[1] < NEXT_MONTH_S}
        self.dropped |= older
        # The first whole hour a largest gap after the month's first moment.
        self.kept_from_s |= {cluster: NEXT_MONTH_S + 3600.0 for cluster, _ in older}


def _merged(new: Row, stored: Row, rule: ConflictRule) -> Row:
    first, second = (new, stored) if rule is ConflictRule.REPLACE else (stored, new)
    names = [*MEASURED, "device_state"]
    values = {name: getattr(first, name) for name in names}
    return replace(
        stored, **{name: getattr(second, name) if value is None else value for name, value in values.items()}
    )


class Database:
    """The same actions on the database."""

    def __init__(self, sessions: SessionFactory) -> None:
        self.sessions = sessions

    async def write(self, rows: list[Row], rule: ConflictRule, number: int) -> None:
        async with transaction(self.sessions) as session:
            await write_readings(session, block(rows), WriteOptions(rule, number))
            for device in (await lock_devices(session, [1, 2])).values():
                if device.max_sample_period_s is None:
                    await set_largest_gap(session, device, GAP_S)

    async def delete(self, cluster: int, start_s: float, end_s: float) -> int | None:
        bounds_us = (epoch_us(START) + int(bound * 1e6) for bound in (start_s, end_s))
        try:
            async with transaction(self.sessions) as session:
                return await delete_span(session, cluster, *bounds_us)
        except NotKept:
            return None

    async def forget(self, cluster: int) -> int:
        async with transaction(self.sessions) as session:
            held = await lock_devices(session, [cluster])
            return await delete_device(session, cluster) if held else 0

    async def merge(self, rule: ConflictRule) -> tuple[int, int]:
        async with transaction(self.sessions) as session:
            held = await lock_devices(session, [1, 2])
            return await merge_devices(session, held[1], 2, rule)

    async def undo(self, number: int) -> int | None:
        try:
            async with transaction(self.sessions) as session:
                return await undo_import(session, number)
        except NotKept:
            return None

    async def drop(self) -> None:
        async with transaction(self.sessions) as session:
            await mark_dropped(session, NEXT_MONTH, NEXT_MONTH + timedelta(days=40))
        async with transaction(self.sessions) as session:
            if is_sqlite(session):
                while await drop_rows(session):
                    pass
                return
            for name in await months_to_drop(session):
                assert await drop_month(session, name)

    async def agrees(self, stored: Stored) -> None:
        rows = list(stored.rows.values())
        await assert_rollups_equal_raw(self.sessions, rows, {1: GAP_S, 2: GAP_S})
        async with snapshot(self.sessions) as session:
            found = (await session.scalars(select(ElectricalData))).all()
            devices = {device.cluster: device for device in await session.scalars(select(Device))}
        singles = {(row.cluster, (row.timestamp - START).total_seconds()): row for row in found}
        assert singles.keys() == stored.rows.keys() - stored.dropped
        for key, row in singles.items():
            for name in ("real_power_watt", "voltage", "device_state"):
                assert getattr(row, name) == getattr(stored.rows[key], name), (key, name)
        assert devices.keys() == {row.cluster for row in rows}
        for cluster, device in devices.items():
            own = sorted((row for row in rows if row.cluster == cluster), key=lambda row: row.at)
            powered = [row.moment for row in own if row.real_power_watt is not None]
            assert (device.first_seen, device.last_seen) == (own[0].moment, own[-1].moment)
            if cluster not in stored.kept_from_s:
                assert (device.first_power_at, device.last_power_at) == (
                    (powered[0], powered[-1]) if powered else (None, None)
                )


async def act(database: Database, stored: Stored, data: st.DataObject) -> None:
    """One action, drawn, on both."""
    action = data.draw(
        st.sampled_from(["write"] * 4 + ["delete", "delete", "forget", "undo", "drop", "merge"])
    )
    if action == "write":
        rows, rule = data.draw(ROWS), data.draw(st.sampled_from(ConflictRule))
        number = data.draw(st.integers(1, 3))
        await database.write(rows, rule, number)
        stored.write(rows, rule, number)
    elif action == "delete":
        cluster = data.draw(st.integers(1, 2))
        start_s, end_s = sorted((data.draw(AT), data.draw(AT)))
        removed = await database.delete(cluster, start_s, end_s)
        expect(
            removed, stored, {key for key in stored.rows if key[0] == cluster and start_s <= key[1] < end_s}
        )
    elif action == "forget":
        cluster = data.draw(st.integers(1, 2))
        kept = {key for key in stored.rows if key[0] == cluster} - stored.dropped
        assert await database.forget(cluster) == len(kept)
        stored.remove([key for key in stored.rows if key[0] == cluster])
    elif action == "merge":
        rule = data.draw(st.sampled_from(ConflictRule))
        if (numbers := stored.merge(rule)) is not None:
            assert await database.merge(rule) == numbers
    elif action == "undo":
        number = data.draw(st.integers(1, 3))
        removed = await database.undo(number)
        expect(removed, stored, {key for key in stored.rows if stored.numbers[key] == number})
    else:
        await database.drop()
        stored.drop()


def expect(removed: int | None, stored: Stored, keys: set[tuple[int, float]]) -> None:
    """A removal took exactly these, or was refused because some device's readings are kept in part."""
    if removed is None:
        assert stored.kept_from_s
    else:
        assert not keys & stored.dropped
        assert stored.remove(keys) == removed


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_actions_leave_exact_rollups_readings_and_devices(
    sessions: SessionFactory, data: st.DataObject
) -> None:
    await wipe(sessions)
    async with transaction(sessions) as session:
        await session.execute(delete(ImportSpan))
    database, stored = Database(sessions), Stored()
    for _ in range(data.draw(st.integers(3, 8))):
        await act(database, stored, data)
        await database.agrees(stored)
