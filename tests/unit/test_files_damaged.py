"""Files that are cut, damaged or made to do harm: told in a sentence, in no time."""

import gzip
import io
import time
import zipfile

import pyarrow as pa
import pytest

from api_service.ingest.formats import bounded
from api_service.ingest.recognition.options import ReadOptions
from shared.errors import MalformedFile
from tests.support.file_reading import read_file

TABLE = "Time,Power (W)\n" + "".join(f"2025-03-03 10:{i:02},{100 + i}\n" for i in range(10))
M = ReadOptions(device="M")


def zipped(content: bytes, name: str = "a.csv") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def packed_often(times: int) -> bytes:
    data = TABLE.encode()
    for _ in range(times):
        data = gzip.compress(data)
    return data


def damaged(data: bytes) -> bytes:
    at = len(data) // 3
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 20]) + data[at + 20 :]


WORKBOOK = zipped(b"<worksheet", "xl/worksheets/sheet1.xml")
DAMAGED = {
    "a cut gzip": gzip.compress(TABLE.encode())[:-12],
    "the head of a gzip": b"\x1f\x8b\x08\x04",
    "a cut zip": zipped(TABLE.encode())[:40],
    "a zip of a damaged entry": damaged(zipped(TABLE.encode() * 9)),
    "a cut zstd": pa.compress(TABLE.encode(), "zstd", asbytes=True)[:-6],
    "a parquet without its end": b"PAR1 and more",
    "a workbook without a sheet": WORKBOOK,
    "a cut feed": b'<feed xmlns="http://naesb.org/espi"><entry>',
    "a field beyond measure": b"100,NEM12,1,A,B\n200,61,E1,E1,E1,,M1,kWh,30,\n300,20250303," + b"1" * 200_000,
    "what is packed too often": packed_often(8),
    "delimiters alone": b",,,\n,,,\n",
    "brackets alone": b"{" * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_told_in_a_sentence(name: str) -> None:
    with pytest.raises(MalformedFile, match=r"^[A-Z].*[.\]]'?$"):
        read_file(DAMAGED[name], M)


def test_a_bomb_is_stopped_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SMALL_BYTES", 1 << 20)
    for bomb in (gzip.compress(bytes(8 << 20)), zipped(bytes(8 << 20))):
        with pytest.raises(MalformedFile, match="300 times its size"):
            read_file(bomb, M)


def test_a_full_disk_stops_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "KEPT_FREE_BYTES", 1 << 62)
    with pytest.raises(MalformedFile, match="make room"):
        read_file(gzip.compress(TABLE.encode()), M)


def test_many_blanks_cost_no_time() -> None:
    blanks = " " * 20_000
    begun = time.process_time()
    read_file(TABLE.replace("Power", f"Power{blanks}").replace(",105", f",{blanks}105"), M)
    assert time.process_time() - begun < 2.0
