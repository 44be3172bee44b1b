"""One file of the import command: imported with a progress bar, reported, and its exit code."""

import argparse
import asyncio
import sqlite3
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Never, Self

from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from api_service.database.outages import driver_errors
from api_service.ingest.reporting.report import ImportReport
from api_service.scripts.import_report import advice_on, preview_lines, report_lines
from api_service.services.access.site_registry import open_site
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions, ImportOutcome
from api_service.services.imports.preview import ColumnPreview, preview_columns
from api_service.services.imports.sample import SAMPLE_NAME, forget_sample
from shared.errors import AskWattError, InvalidInput, MalformedFile, NotFound, Unavailable
from shared.settings import EXIT_BAD_SETTINGS, Settings

EXIT_NOTHING_IMPORTED = 1
EXIT_REFUSED = 3
EXIT_INTERRUPTED = 130
GO_ON = "What was imported is kept; run the same command again to go on."


def import_and_report(
    settings: Settings, file: Path, options: ImportOptions, given: argparse.Namespace
) -> int:
    """Import a file and print its report, or a line that says why not; returns the exit code."""
    columns: list[ColumnPreview] = []
    forgets_sample = not (given.keep_sample or options.dry_run or file.name == SAMPLE_NAME)
    try:
        outcome = asyncio.run(_run(settings, file, options, given.site, forgets_sample=forgets_sample))
        if options.dry_run:
            columns = asyncio.run(preview_columns(file, options, outcome.timezone))
    except KeyboardInterrupt:
        return complain(f"stopped. {GO_ON}", EXIT_INTERRUPTED)
    except Unavailable as error:
        return complain(f"{error} {GO_ON}", EXIT_NOTHING_IMPORTED)
    except AskWattError as error:
        is_usage = isinstance(error, InvalidInput | NotFound) and not isinstance(error, MalformedFile)
        return complain(f"{file.name}: {error}", EXIT_BAD_SETTINGS if is_usage else EXIT_NOTHING_IMPORTED)
    except (OSError, SQLAlchemyError, sqlite3.Error, *driver_errors("PostgresError")) as error:  # type: ignore[misc]
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return complain(f"{reason}. {GO_ON}", EXIT_NOTHING_IMPORTED)
    print("\n".join(report_lines(file.name, outcome, dry_run=options.dry_run)))
    if columns:
        print("\n".join(preview_lines(columns, given.arguments)))
    for advice in advice_on(outcome, settings):
        print(advice)
    return _exit_code(outcome.report, given.max_rejects)


def _exit_code(report: ImportReport, max_rejects: float) -> int:
    if not report.accepted and not report.duplicates:
        return EXIT_NOTHING_IMPORTED
    refused = -report.rejected if max_rejects < 0 else 100 * report.rejected_share
    if (refused < max_rejects) if max_rejects < 0 else (refused > max_rejects):
        return complain(
            f"{report.rejected} of {report.lines} lines were rejected; see --max-rejects.", EXIT_REFUSED
        )
    return 0


async def _run(
    settings: Settings, file: Path, options: ImportOptions, site: str, *, forgets_sample: bool
) -> ImportOutcome:
    async with AsyncExitStack() as stack:
        try:
            opened = await stack.enter_async_context(open_site(settings, site))
        except OSError as error:
            raise InvalidInput(f"DATABASE_URL: {error.strerror}: {error.filename}") from error
        with _Progress(file.name) as progress:
            if forgets_sample and (removed := await forget_sample(opened.sessions)):
                print(f"the sample household is taken out ({removed} readings); --keep-sample keeps it")
            service = ImportService(opened.sessions, settings)
            return await service.import_file(file, options, progress.show)


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


def complain(sentence: str, code: int) -> int:
    """Print a sentence for the user to stderr; returns the code."""
    print(f"askwatt: {sentence}", file=sys.stderr)
    return code
