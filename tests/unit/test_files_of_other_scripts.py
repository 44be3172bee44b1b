"""Files in encodings and languages beyond Latin letters: what the header's words must lead to."""

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_encoding
from shared.errors import InvalidInput
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
# Encoding, header, a row of the sample, and the mean power in W of ten such rows.
SCRIPTS = {
    "Japanese, Shift-JIS": ("shift_jis", "年月日,時刻,使用量(kWh)", "2025/3/14,10:{i:02},0.025", 1500),
    "Japanese, dates with signs": (
        "shift_jis", "計測日時,消費電力[kW]", "2025年3月14日 10時{i:02}分,0.15", 150
    ),
    "Russian, cp1251": ("cp1251", "Дата;Время;Активная мощность, кВт", "14.03.2025;10:{i:02};0,15", 150),
    "Russian, KOI8-R": ("koi8-r", "Дата;Время;Мощность, Вт", "14.03.2025;10:{i:02};150", 150),
    "Russian, cells with units": ("utf-8", "Дата и время;Мощность", "14.03.2025 10:{i:02};150 Вт", 150),
    "Chinese, GBK": ("gbk", "时间,功率(W),电压(V)", "2025-03-14 10:{i:02}:00,150,220.1", 150),
    "Korean, cp949": ("cp949", "일시,전력(kW)", "2025-03-14 10:{i:02},0.15", 150),
    "Czech, cp1250": ("cp1250", "Datum a čas;Činný výkon [kW]", "14.03.2025 10:{i:02};0,15", 150),
    "Polish, cp1250": ("cp1250", "Data;Godzina;Zużycie energii [kWh]", "14.03.2025;{i};0,15", 150),
    "Hungarian, cp1250": ("cp1250", "Időpont;Teljesítmény [W]", "2025.03.14 10:{i:02};150", 150),
    "German, Latin-1": ("latin-1", "Zeit;Gerät;Leistung größter Wert [W]", "14.03.2025 10:{i:02};M;150", 150),
}  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_header_in_another_script_is_understood(name: str) -> None:
    encoding, header, row, watts = SCRIPTS[name]
    text = "\n".join([header, *(row.format(i=i) for i in range(10)), ""])
    found = read_file(text.encode(encoding), M)
    assert found.mean_w("M") == pytest.approx(watts)
    assert found.moments["M"][0] == ("2025-03-14T00:00:00" if "Godzina" in header else "2025-03-14T10:00:00")
    assert not found.rejects


def test_names_of_devices_keep_their_letters() -> None:
    rows = "".join(f"14.03.2025 10:{i:02};насос;150\n" for i in range(10))
    found = read_file(f"Дата и время;Устройство;Мощность, Вт\n{rows}".encode("cp1251"))
    assert list(found.values) == ["насос"]


def test_the_user_names_the_encoding() -> None:
    rows = "".join(f"14.03.2025 10:{i:02};Köln ü;150\n" for i in range(10))
    data = f"Zeit;Gerät;Leistung (W)\n{rows}".encode("cp437")
    assert list(read_file(data, ReadOptions(encoding=parse_encoding("cp437"))).values) == ["Köln ü"]
    for name in ("base64", "klingon"):
        with pytest.raises(InvalidInput, match="cp1251"):
            parse_encoding(name)
