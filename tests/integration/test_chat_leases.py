"""Leases on messages: obtained by one, renewed, lost, released; by the database's clock."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from api_service.database.clock import database_time, read_clock
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.chat import ChatMessage, MessageStatus, Role
from api_service.repositories.chat_leases import claim_messages, release_leases, renew_leases
from api_service.repositories.chat_repository import (
    FinalState,
    add_messages,
    add_session,
    find_message,
    finish,
    next_attempt,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ANSWER = FinalState(MessageStatus.SUCCEEDED, "36 kWh", {"response": "36 kWh"})
ALL = 1000


def message(number: int, role: Role = Role.ASSISTANT, **values: object) -> ChatMessage:
    fields = {"status": MessageStatus.QUEUED.value, "attempt": 1, "content": "", "timestamp": NOW}
    return ChatMessage(message_id=f"m{number}", session_id="s", role=role.value, **{**fields, **values})


async def store(sessions: SessionFactory, *messages: ChatMessage) -> None:
    async with transaction(sessions) as session:
        await add_session(session, "s", NOW)
        await add_messages(session, *messages)


async def claim(sessions: SessionFactory, holder: str, lease_s: float = 60.0, limit: int = ALL) -> list[str]:
    async with transaction(sessions) as session:
        return [claimed.row.message_id for claimed in await claim_messages(session, holder, lease_s, limit)]


async def test_clock_is_that_of_the_database_and_adds_seconds(sessions: SessionFactory) -> None:
    before = datetime.now(UTC)
    async with snapshot(sessions) as session:
        moment = await read_clock(session)
        later = await session.scalar(select(database_time(90.5)))
    # The suite's database runs on this host; SQLite resolves milliseconds.
    assert before - timedelta(milliseconds=2) <= moment <= datetime.now(UTC) + timedelta(milliseconds=2)
    assert later is not None
    assert timedelta(seconds=90.4) < later - moment < timedelta(seconds=95)


async def test_unfinished_answers_are_claimed_oldest_first_and_once(sessions: SessionFactory) -> None:
    await store(
        sessions,
        message(1),
        message(2, Role.USER, status=MessageStatus.SUCCEEDED.value),
        message(3, status=MessageStatus.SUCCEEDED.value),
        message(4, status=MessageStatus.CANCELLED.value),
        message(5),
        message(6),
    )
    assert await claim(sessions, "a", limit=2) == ["m1", "m5"]
    assert await claim(sessions, "b") == ["m6"]
    assert await claim(sessions, "c") == []


async def test_claim_gives_the_row_and_the_databases_moment(sessions: SessionFactory) -> None:
    await store(sessions, message(1, request={"text": "?"}, attempt=3))
    async with transaction(sessions) as session:
        (claimed,) = await claim_messages(session, "a", 60.0, ALL)
    assert claimed.row.request == {"text": "?"}
    assert claimed.row.attempt == 3
    assert claimed.row.claimed_by == "a"
    assert claimed.row.lease_until is not None
    assert abs((claimed.row.lease_until - claimed.claimed_at).total_seconds() - 60) < 0.1


async def test_lease_that_has_ended_is_claimed_by_another(sessions: SessionFactory) -> None:
    await store(sessions, message(1))
    assert await claim(sessions, "a", lease_s=0.3) == ["m1"]
    assert await claim(sessions, "b") == []
    await asyncio.sleep(0.4)
    assert await claim(sessions, "b") == ["m1"]
    async with transaction(sessions) as session:
        assert await renew_leases(session, "a", 60.0, ["m1"]) == frozenset()


async def test_renewed_lease_is_kept(sessions: SessionFactory) -> None:
    await store(sessions, message(1), message(2))
    assert await claim(sessions, "a", lease_s=0.3) == ["m1", "m2"]
    async with transaction(sessions) as session:
        assert await renew_leases(session, "a", 60.0, ["m1"]) == {"m1"}
    await asyncio.sleep(0.4)
    assert await claim(sessions, "b") == ["m2"]


async def test_released_leases_are_free_at_once(sessions: SessionFactory) -> None:
    await store(sessions, message(1), message(2))
    await claim(sessions, "a", limit=1)
    await claim(sessions, "b")
    async with transaction(sessions) as session:
        await release_leases(session, "a")
    assert await claim(sessions, "c") == ["m1"]


async def test_only_the_holder_stores_an_answer_or_begins_an_attempt(sessions: SessionFactory) -> None:
    await store(sessions, message(1))
    await claim(sessions, "b")
    async with transaction(sessions) as session:
        assert not await next_attempt(session, "m1", 1, "a")
        assert not await finish(session, "m1", ANSWER, "a")
        assert await next_attempt(session, "m1", 1, "b")
        assert not await next_attempt(session, "m1", 1, "b")
        assert await finish(session, "m1", ANSWER, "b")
        assert not await finish(session, "m1", ANSWER, "b")
    async with snapshot(sessions) as session:
        row = await find_message(session, "m1")
    assert row is not None
    assert (row.status, row.content, row.claimed_by, row.lease_until) == ("succeeded", "36 kWh", None, None)
    assert row.finished_at is not None
    assert abs((datetime.now(UTC) - row.finished_at).total_seconds()) < 60


async def test_cancellation_ends_a_message_whoever_holds_it(sessions: SessionFactory) -> None:
    await store(sessions, message(1))
    await claim(sessions, "a")
    cancelled = FinalState(MessageStatus.CANCELLED, "", {"reason": "cancelled"})
    async with transaction(sessions) as session:
        assert await finish(session, "m1", cancelled, None)
        assert not await finish(session, "m1", ANSWER, "a")


async def test_eight_holders_at_once_share_the_messages_out(sessions: SessionFactory) -> None:
    await store(sessions, *(message(number) for number in range(60)))

    async def sweep(holder: str) -> list[str]:
        found: list[str] = []
        while claimed := await claim(sessions, holder, limit=3):
            found += claimed
        return found

    shares = await asyncio.gather(*(sweep(f"g{number}") for number in range(8)))
    claimed = [message_id for share in shares for message_id in share]
    assert sorted(claimed) == sorted(f"m{number}" for number in range(60))


async def test_row_that_another_is_claiming_is_passed_over_without_waiting(
    postgres_database_url: str,
) -> None:
    from api_service.database.sessions import create_engine, session_factory
    from shared.settings import load_settings

    engine = create_engine(load_settings(database_url=postgres_database_url))
    sessions = session_factory(engine)
    await store(sessions, message(1), message(2))
    async with transaction(sessions) as session:
        assert len(await claim_messages(session, "a", 60.0, 1)) == 1  # not committed yet
        began = time.monotonic()
        assert await claim(sessions, "b") == ["m2"]
        assert time.monotonic() - began < 5
    await engine.dispose()


@pytest.mark.parametrize("until", [None, NOW])
async def test_message_without_or_with_an_old_lease_is_free(
    sessions: SessionFactory, until: datetime | None
) -> None:
    await store(sessions, message(1))
    async with transaction(sessions) as session:
        await session.execute(update(ChatMessage).values(claimed_by="gone", lease_until=until))
    assert await claim(sessions, "a") == ["m1"]
