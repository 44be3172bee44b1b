"""`python -m api_service.scripts.import_csv_data FILE`: import readings from a CSV file.

Exit codes: 0 imported (also with rejects, which are named, or when all readings were stored already),
1 nothing could be imported, 2 bad usage or settings, 130 interrupted (the same command goes on).
"""

import argparse
import asyncio
import signal
import sqlite3
import sys
from pathlib import Path
from types import TracebackType
from typing import Never, Self

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from api_service.database.sessions import create_engine, session_factory
from api_service.ingest.blocks import DEFAULT_BATCH_BYTES, MAX_LINE_BYTES
from api_service.scripts.import_report import report_lines
from api_service.services.import_service import ImportOptions, ImportOutcome, ImportService
from shared.errors import AskWattError, InvalidInput, MalformedFile, NotFound, Unavailable
from shared.settings import EXIT_BAD_SETTINGS, Settings, load_settings_or_exit

EXIT_NOTHING_IMPORTED = 1
EXIT_INTERRUPTED = 130
GO_ON = "What was imported is kept; run the same command again to go on."


def main(arguments: list[str] | None = None) -> int:
    """Import the file that the arguments name and print a report; returns the exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
    given = _parser().parse_args(arguments)
    settings = load_settings_or_exit()
    options = ImportOptions(given.timezone, given.delimiter, given.rejects, given.dry_run, given.batch_bytes)
    try:
        outcome = asyncio.run(_run(settings, given.file, options))
    except KeyboardInterrupt:
        return _complain(f"stopped. {GO_ON}", EXIT_INTERRUPTED)
    except Unavailable as error:
        return _complain(f"{error} {GO_ON}", EXIT_NOTHING_IMPORTED)
    except AskWattError as error:
        is_usage = isinstance(error, InvalidInput | NotFound) and not isinstance(error, MalformedFile)
        return _complain(str(error), EXIT_BAD_SETTINGS if is_usage else EXIT_NOTHING_IMPORTED)
    except (OSError, SQLAlchemyError, asyncpg.PostgresError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return _complain(f"{reason}. {GO_ON}", EXIT_NOTHING_IMPORTED)
    print("\n".join(report_lines(given.file.name, outcome, dry_run=given.dry_run)))
    report = outcome.report
    return 0 if report.accepted or report.duplicates else EXIT_NOTHING_IMPORTED


async def _run(settings: Settings, file: Path, options: ImportOptions) -> ImportOutcome:
    try:
        engine = create_engine(settings)
    except OSError as error:
        raise InvalidInput(f"DATABASE_URL: {error.strerror}: {error.filename}") from error
    try:
        with _Progress(file.name) as progress:
            service = ImportService(session_factory(engine), settings)
            return await service.import_csv(file, options, progress.show)
    finally:
        await engine.dispose()


class _Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, name: str) -> None:
        quiet = not sys.stderr.isatty()
        self._bar: tqdm[Never] = tqdm(desc=name, unit="B", unit_scale=True, disable=quiet)

    def show(self, done: int, size: int) -> None:
        """Move the bar to `done` of `size` bytes."""
        self._bar.total = size
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._bar.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="import_csv_data",
        description="Import readings from a CSV file in UTF-8. Its first line names the columns, in any "
        "order: timestamp, cluster, real_power (kW) or real_power_watt (W), and what else there is of "
        "voltage, current, reactive_power, apparent_power, power_factor, frequency, thd, device_state, "
        "device_name. "
        "Importing a file again adds nothing; an interrupted import goes on where it stopped.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file")
    parser.add_argument(
        "--timezone", metavar="ZONE", help="IANA zone of timestamps that name none (default: SITE_TIMEZONE)"
    )
    parser.add_argument(
        "--delimiter", type=_delimiter, help="comma, semicolon, tab or one character (default: found out)"
    )
    parser.add_argument(
        "--rejects", metavar="PATH", type=Path, help="where rejected lines go (default: FILE.rejects.csv)"
    )
    parser.add_argument("--dry-run", action="store_true", help="read and report, store nothing")
    parser.add_argument(
        "--batch-bytes",
        metavar="N",
        type=_batch_bytes,
        default=DEFAULT_BATCH_BYTES,
        help=f"bytes that are stored in one transaction (default {DEFAULT_BATCH_BYTES})",
    )
    return parser


def _delimiter(text: str) -> str:
    named = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t"}.get(text.lower(), text)
    if len(named) != 1 or not named.isascii() or named.isalnum() or named in '"\r\n.':
        raise argparse.ArgumentTypeError("name comma, semicolon, tab or one other sign")
    return named


def _batch_bytes(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number of bytes") from None
    if not MAX_LINE_BYTES <= value <= 1 << 28:
        raise argparse.ArgumentTypeError(f"between {MAX_LINE_BYTES} and {1 << 28}")
    return value


def _complain(sentence: str, code: int) -> int:
    print(f"askwatt: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
