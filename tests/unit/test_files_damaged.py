"""Files that are cut, damaged or made to do harm: told in a sentence, in no time."""

import gzip
import io
import time
import zipfile

import pyarrow as pa
import pytest
from pyarrow import parquet

from api_service.ingest.formats import bounded, tables
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


SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(rows: bytes, sheet: str = SHEET, prefix: str = "") -> bytes:
    """A workbook whose one sheet has this content, in a part of this name."""
    at = f"{prefix}:" if prefix else ""
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{XML}.sheet.main+xml"/>'
        f'<Override PartName="/{sheet}" ContentType="{XML}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="/{sheet}"/></Relationships>',
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        begin = f'<{at}worksheet {declared}="{MAIN}"><{at}sheetData>'
        archive.writestr(sheet, begin.encode() + rows + f"</{at}sheetData></{at}worksheet>".encode())
        archive.writestr("xl/media/image1.png", b"\x89PNG" + bytes(2 * tables.LARGEST_ROW_BYTES))
    return target.getvalue()


def cells(*texts: str, prefix: str = "") -> bytes:
    at = f"{prefix}:" if prefix else ""
    inside = "".join(f'<{at}c t="inlineStr"><{at}is><{at}t>{text}</{at}t></{at}is></{at}c>' for text in texts)
    return f"<{at}row>{inside}</{at}row>".encode()


@pytest.mark.parametrize("prefix", ["", "x"])
def test_workbook_of_many_small_rows_is_read(prefix: str) -> None:
    lines = [cells(*line.split(","), prefix=prefix) for line in TABLE.splitlines()]
    assert len(read_file(workbook(b"".join(lines), prefix=prefix), M).moments["M"]) == 10


LARGE = b"0" * tables.LARGEST_ROW_BYTES
BOMBS = {
    "one text": workbook(cells("Time") + b"<row><c t='inlineStr'><is><t>" + LARGE + b"</t></is></c></row>"),
    "one row": workbook(b"<row>" + b"<c/>" * (tables.LARGEST_ROW_BYTES // 4) + b"</row>"),
    "a row of another prefix": workbook(b"<x:row>" + b"<x:c/>" * (tables.LARGEST_ROW_BYTES // 5), prefix="x"),
    "a sheet called texts": workbook(
        b"<row>" + b"<c/>" * (tables.LARGEST_ROW_BYTES // 4) + b"</row>", "xl/sharedStrings.xml"
    ),
    "rows without an end": workbook(b"<row><c/>" * (tables.LARGEST_ROW_BYTES // 8)),
    "too many rows": workbook(b"<row/>" * (tables.MOST_ROWS + 1)),
    "a comment": workbook(b"<!--" + LARGE + b"-->"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_workbook_that_would_not_fit_into_memory_is_told_so_at_once(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(MalformedFile, match="row of more than 8 MB"):
        read_file(BOMBS[name], M)
    assert time.process_time() - begun < 5


def test_column_of_parquet_that_would_not_fit_into_memory_is_told_so() -> None:
    target = io.BytesIO()
    text = pa.array(["0" * (tables.LARGEST_COLUMN_BYTES + 1)])
    parquet.write_table(pa.table({"Time": text}), target, compression="zstd", use_dictionary=False)
    assert len(target.getvalue()) < 1 << 20
    with pytest.raises(MalformedFile, match="smaller row groups"):
        read_file(target.getvalue(), M)


def test_a_full_disk_stops_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "KEPT_FREE_BYTES", 1 << 62)
    with pytest.raises(MalformedFile, match="make room"):
        read_file(gzip.compress(TABLE.encode()), M)


def test_many_blanks_cost_no_time() -> None:
    blanks = " " * 20_000
    begun = time.process_time()
    read_file(TABLE.replace("Power", f"Power{blanks}").replace(",105", f",{blanks}105"), M)
    assert time.process_time() - begun < 2.0
