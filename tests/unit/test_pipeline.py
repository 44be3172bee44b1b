"""Every data line of a file is accounted for under its own number, whatever stands around it."""

from collections.abc import Iterator
from io import BytesIO
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from api_service.ingest.blocks import MAX_LINE_BYTES, Position
from api_service.ingest.pipeline import Batch, Start, batches
from tests.support.layouts import layout_of

HEADER = "timestamp,cluster,real_power_watt,power_factor,voltage,thd,apparent_power,device_state,device_name"
# Each bad line with the field at fault; None: the whole line.
BAD: tuple[tuple[str, str | None], ...] = (
    ("2026-03-09T00:00:00Z,1,abc,,,,,on,", "real_power_watt"),
    ("2026-03-09T00:00:00Z,1,inf,,,,,on,", "real_power_watt"),
    ("2026-03-09T00:00:00Z,1,1e308,,,,,on,", "real_power_watt"),
    ("2026-03-09T00:00:00Z,1,-inf,,,,,on,", "real_power_watt"),
    ("2026-02-29T00:00:00Z,1,1,,,,,on,", "timestamp"),
    (",1,1,,,,,on,", "timestamp"),
    ("2026-03-09T00:00:00Z,1.5,1,,,,,on,", "cluster"),
    ("2026-03-09T00:00:00Z,,1,,,,,on,", "cluster"),
    ("2026-03-09T00:00:00Z,99999999999,1,,,,,on,", "cluster"),
    ("2026-03-09T00:00:00Z,1,,,,,,,", None),
    ("2026-03-09T00:00:00Z,1,1", None),
    ("2026-03-09T00:00:00Z,1,1,,,,,on,,x", None),
    ('2026-03-09T00:00:00Z,1,1,,,,,"on,', None),
    ("2026-03-09T00:00:00Z,1,1,,,,,o\0n,", None),
    ("<html>", None),
)
GOOD = (
    "2026-03-09T00:00:00Z,1,842.5,0.9,230,5,1,on,Oven",
    "2026-03-09 00:00:00,2,842.5,,,,,off,",
    "2026-03-09T01:00:00+01:00,3,842.5,,,,,,Kühlschrank",
    '2026-03-09T00:00:00.5Z,4,"842.5",,,,,"a ""b"", c","TV, large"',
    " 2026-03-09T00:00:00Z , 5 , +1e2 ,,,,, =SUM(A1) ,",
    "1773014400000,6,1,,,,,,",
    "2026-03-09T00:00:00Z,1,1,1.5,-1,-1,,on,",
    "2026-03-09T00:00:00Z,1,9000,,n/a,NaN,1,on,,",
)
KINDS = st.one_of(
    st.sampled_from(GOOD).map(lambda text: (text, "good", None)),
    st.sampled_from(BAD).map(lambda bad: (bad[0], "bad", bad[1])),
    st.sampled_from([("", "blank", None), (",,,,,,,,", "blank", None)]),
)


def read(data: bytes, batch_bytes: int) -> Iterator[Batch]:
    stream = BytesIO(data)
    layout = layout_of(f"{HEADER}\n{GOOD[0]}\n".encode())
    start = Start(Position(data.find(b"\n") + 1 or len(data), 1), len(data))
    return batches(stream, layout, ZoneInfo("UTC"), start, batch_bytes)


@settings(max_examples=300, deadline=None)
@given(st.lists(KINDS, max_size=60), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_batches_of_good_and_bad_lines_name_each_bad_line_and_keep_each_good_one(
    kinds: list[tuple[str, str, str | None]], end: str, has_last_end: bool
) -> None:
    lines = [HEADER, *(text for text, _, _ in kinds)]
    data = (end.join(lines) + (end if has_last_end else "")).encode()
    found = list(read(data, MAX_LINE_BYTES))
    rejects = [(reject.row, reject.field) for batch in found for reject in batch.rejects]
    numbered = list(enumerate(kinds, start=2))
    assert rejects == [(number, field) for number, (_, kind, field) in numbered if kind == "bad"]
    kept = [row for batch in found for row in batch.rows.row.tolist()]
    assert kept == [number for number, (_, kind, _) in numbered if kind == "good"]


def test_batches_of_a_large_file_do_not_depend_on_where_it_is_cut() -> None:
    lines = [(BAD[i % len(BAD)][0] if i % 13 == 0 else GOOD[i % len(GOOD)]) for i in range(12_000)]
    lines[7000] = "x" * (MAX_LINE_BYTES + 5)
    data = ("\n".join([HEADER, *lines]) + "\n").encode()

    def outcome(batch_bytes: int) -> list[list[object]]:
        found = list(read(data, batch_bytes))
        assert len(found) >= len(data) // (2 * batch_bytes)
        return [
            [reject for batch in found for reject in batch.rejects],
            [row for batch in found for row in batch.rows.row.tolist()],
            [moment for batch in found for moment in batch.rows.columns.timestamp_us.tolist()],
            [state for batch in found for state in batch.rows.columns.device_state],
            [found[-1].end],
        ]

    small, large = outcome(MAX_LINE_BYTES), outcome(len(data))
    assert small == large
    assert small[-1] == [Position(len(data), 12_001)]
