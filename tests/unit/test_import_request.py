"""An upload's options: read as the command's are, and written as a command again."""

from api_service.services.imports.request import ImportRequest


def test_interval_and_encoding_are_read_and_written_as_the_commands() -> None:
    request = ImportRequest(interval="15m", encoding="CP1251", device="M")
    read = request.options(None).read
    assert (read.interval_us, read.encoding) == (900_000_000, "cp1251")
    assert request.command("a b.csv").endswith("'a b.csv' --device M --interval 15m --encoding CP1251")
