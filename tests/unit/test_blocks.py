"""Streams cut into blocks of whole lines, in bounded memory."""

from io import BytesIO

import pytest

from api_service.ingest.blocks import Position, blocks
from shared.errors import MalformedFile

BEGIN = Position(0, 0)


def cut(data: bytes, batch_bytes: int, start: Position = BEGIN) -> list[tuple[bytes, int, int, bool]]:
    return [
        (block.data, block.start.line, block.end.offset, block.too_long is not None)
        for block in blocks(BytesIO(data), start, batch_bytes, len(data))
    ]


def test_blocks_end_at_line_ends_and_know_their_lines() -> None:
    assert cut(b"aa\nbb\ncc\n", 5) == [(b"aa\n", 0, 3, False), (b"bb\n", 1, 6, False), (b"cc\n", 2, 9, False)]


def test_blocks_of_a_file_without_a_last_line_feed_hold_the_last_line() -> None:
    assert cut(b"aa\nbb", 100) == [(b"aa\nbb", 0, 5, False)]


def test_blocks_from_a_position_go_on_there() -> None:
    assert cut(b"aa\nbb\ncc\n", 100, Position(3, 1)) == [(b"bb\ncc\n", 1, 9, False)]


def test_blocks_with_a_line_longer_than_the_batch_skip_that_line_alone() -> None:
    assert cut(b"aa\n" + b"x" * 50 + b"\nbb\n", 8) == [
        (b"aa\n", 0, 3, False),
        (b"", 1, 54, True),
        (b"bb\n", 2, 57, False),
    ]


def test_blocks_with_an_endless_last_line_keep_little_of_it() -> None:
    found = list(blocks(BytesIO(b"aa\n" + b"x" * 1_000_000), Position(0, 0), 1000, 1_000_003))
    assert max(len(block.data) for block in found) <= 2000
    assert found[-1].end.offset == 1_000_003


def test_blocks_of_a_file_that_shrinks_meanwhile_raise() -> None:
    with pytest.raises(MalformedFile, match="shorter"):
        list(blocks(BytesIO(b"aa\n"), Position(0, 0), 100, 10))
