"""An upload's options: read as the command's are, and written as a command again."""

import pytest

from api_service.services.imports.request import OUR_NAMES, ImportRequest, safe_name


def test_interval_and_encoding_are_read_and_written_as_the_commands() -> None:
    request = ImportRequest(interval="15m", encoding="CP1251", device="M")
    read = request.options(None).read
    assert (read.interval_us, read.encoding) == (900_000_000, "cp1251")
    assert request.command("a b.csv").endswith("'a b.csv' --device M --interval 15m --encoding CP1251")


@pytest.mark.parametrize(
    "name",
    [
        *sorted(OUR_NAMES),
        "REQUEST.json",
        "..",
        "",
        "../a.csv",
        "a\\b.csv",
        "\0.csv",
        "測" * 200 + ".csv",
        "é" * 99,
        ". .",
    ],
)
def test_name_of_an_upload_is_a_file_of_its_own(name: str) -> None:
    safe = safe_name(name)
    assert safe.casefold() not in OUR_NAMES | {"", ".", ".."}
    assert not set(safe) & set("/\\\0\n")
    assert len(safe.encode()) <= 160
    assert safe.endswith(".csv") == (name.endswith(".csv") or not name.strip(". "))
