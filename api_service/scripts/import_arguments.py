"""The options of the import command."""

import argparse
import glob
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from api_service.ingest.blocks import DEFAULT_BATCH_BYTES, MAX_LINE_BYTES
from api_service.ingest.layout import DateOrder, Label
from api_service.site_names import DEFAULT_SITE, site_name
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from api_service.services.imports.options import ImportOptions

CONFLICT_RULES = ("keep", "replace", "fill")
"""The values of `ConflictRule`, whose module needs numpy."""


def parser() -> argparse.ArgumentParser:
    """The command line, with a help text for each option."""
    found = argparse.ArgumentParser(
        prog="import_csv_data",
        description="Import readings from files: CSV in any common form (also packed or UTF-16), Parquet, "
        "console logs. Columns, units, dates and decimals are found out; --dry-run says what was understood. "
        "Importing a file again adds nothing; an interrupted import goes on where it stopped.",
    )
    found.add_argument("files", metavar="FILE", nargs="+", help="a file or a pattern such as 'logs/*.csv'")
    _add_reading(found)
    _add_storing(found)
    return found


def _add_reading(found: argparse.ArgumentParser) -> None:
    group = found.add_argument_group("how to read, where the file does not say it")
    group.add_argument("--timezone", metavar="ZONE", help="of times that name none: IANA name or +01:00")
    group.add_argument("--delimiter", type=_delimiter, help="comma, semicolon, tab or one character")
    group.add_argument("--decimal", choices=(",", "."), help="the decimal mark")
    group.add_argument(
        "--encoding", type=_encoding, metavar="NAME", help="such as cp1251, shift_jis, latin-1"
    )
    group.add_argument("--map", metavar="COLUMN=QUANTITY[UNIT]", action="append", default=[], dest="mapping")
    group.add_argument("--columns", metavar="NAMES", help="of a file without header: timestamp,power[W],-")
    group.add_argument("--device", metavar="NAME", help="the one device of the file")
    group.add_argument("--device-column", metavar="COLUMN", help="the column that names devices")
    group.add_argument("--new-devices", action="store_true", help="the file's cluster numbers are its own")
    group.add_argument(
        "--date-order", choices=[order.value for order in DateOrder if order is not DateOrder.ISO]
    )
    group.add_argument(
        "--date", metavar="DATE", type=_day, help="of the first time, where times name no date"
    )
    group.add_argument("--label", choices=[label.value for label in Label], help="what a time stands for")
    group.add_argument("--interval", metavar="15m", type=_interval, help="the time that each value covers")
    group.add_argument("--whole-file", action="store_true", help="a last line without line end is complete")


def _add_storing(found: argparse.ArgumentParser) -> None:
    group = found.add_argument_group("what to store")
    group.add_argument(
        "--site",
        metavar="NAME",
        type=site_name,
        default=DEFAULT_SITE,
        help="another site than the default one",
    )
    group.add_argument("--dry-run", action="store_true", help="read and report, store nothing")
    group.add_argument(
        "--on-conflict",
        choices=CONFLICT_RULES,
        default="fill",
        help="a stored reading with other values: fill its empty values (default), keep it, or replace it",
    )
    group.add_argument("--rename-devices", action="store_true", help="numbered devices take the file's names")
    group.add_argument("--keep-sample", action="store_true", help="beside the sample household")
    group.add_argument("--rejects", metavar="PATH", type=Path, help="where rejected lines go: a new file")
    group.add_argument(
        "--max-rejects",
        metavar="N|P%",
        type=_share,
        default=50.0,
        help="exit with 3 beyond this (default 50%%)",
    )
    group.add_argument(
        "--batch-bytes",
        metavar="N",
        type=_batch_bytes,
        default=DEFAULT_BATCH_BYTES,
        help=f"bytes that are stored in one transaction (default {DEFAULT_BATCH_BYTES})",
    )


def options_of(given: argparse.Namespace) -> "ImportOptions":
    """The options of an import. Raises `InvalidInput` for a bad --map."""
    # Not at the top: they bring the libraries that read files, which --help has no use for.
    from api_service.ingest.recognition.options import ReadOptions, parse_map
    from api_service.metering.blocks import ConflictRule
    from api_service.services.imports.options import ImportOptions

    read = ReadOptions(
        delimiter=given.delimiter,
        mapping=parse_map(given.mapping),
        columns=tuple(name.strip() for name in given.columns.split(",")) if given.columns else (),
        device=given.device,
        device_column=given.device_column or ("cluster" if given.new_devices else None),
        has_own_numbers=given.new_devices,
        date_order=DateOrder(given.date_order) if given.date_order else None,
        label=Label(given.label) if given.label else None,
        interval_us=given.interval,
        decimal=given.decimal,
        encoding=given.encoding,
        keep_last_line=given.whole_file,
        day=given.date,
    )
    return ImportOptions(
        given.timezone,
        read,
        given.rejects,
        given.dry_run,
        given.batch_bytes,
        ConflictRule(given.on_conflict),
        given.rename_devices,
    )


def files_of(given: argparse.Namespace) -> list[Path]:
    """The files that are meant, patterns resolved. Raises `InvalidInput` for a pattern that finds none."""
    found: list[Path] = []
    for name in given.files:
        if glob.has_magic(name) and not Path(name).exists():
            matches = sorted(glob.glob(name, recursive=True))
            if not matches:
                raise InvalidInput(f"No file is named like {name}.")
            found += [Path(match) for match in matches]
        else:
            found.append(Path(name))
    if len(found) > 1 and given.rejects:
        raise InvalidInput("--rejects names one file: import several files without it.")
    return list(dict.fromkeys(found))


def _delimiter(text: str) -> str:
    named = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}.get(text.lower(), text)
    if len(named) != 1 or not named.isascii() or named.isalnum() or named in '"\r\n.':
        raise argparse.ArgumentTypeError("name comma, semicolon, tab or one other sign")
    return named


def _interval(text: str) -> int:
    from api_service.ingest.recognition.options import parse_interval_us

    try:
        return parse_interval_us(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _day(text: str) -> date:
    from api_service.ingest.recognition.options import parse_day

    try:
        return parse_day(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _encoding(text: str) -> str:
    from api_service.ingest.recognition.options import parse_encoding

    try:
        return parse_encoding(text)
    except InvalidInput as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _share(text: str) -> float:
    """A percentage as it is, a number of lines as its negative."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError("a number of lines, or a share such as 5%")
    return float(match[1]) if match[2] else -float(match[1])


def _batch_bytes(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number of bytes") from None
    if not MAX_LINE_BYTES <= value <= 1 << 28:
        raise argparse.ArgumentTypeError(f"between {MAX_LINE_BYTES} and {1 << 28}")
    return value
