"""The data of `make run`: schema, what is there already, and the sample household where nothing is."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from api_service.database.sessions import create_engine
from api_service.models.readings import ElectricalData, Import, ImportState
from launcher.processes import die_with_parent
from shared.settings import Environment, Settings

SAMPLE_NAME = "sample_household.csv"


class DataProblem(Exception):
    """The database could not be brought to where it must be; the message ends with the reason."""


@dataclass(frozen=True)
class Contents:
    """What a database holds, as far as the start needs to know; `sample` is the state of its import."""

    has_readings: bool
    sample: str | None
    is_production: bool = False

    @property
    def wants_sample(self) -> bool:
        """Nothing is there, or the import of the sample was interrupted; never in production."""
        is_missing = not self.has_readings or self.sample not in (None, ImportState.COMPLETED)
        return is_missing and not self.is_production

    @property
    def is_historic(self) -> bool:
        """The sample is there, or will be: its last reading is long past."""
        return self.wants_sample or self.sample is not None


def migrate() -> None:
    """Bring the schema of `DATABASE_URL` to its newest version."""
    _run("migrating the database", ["-m", "migrations", "upgrade"])


async def look(settings: Settings) -> Contents:
    """Whether the database holds readings, and how the import of the sample into it stands."""
    engine = create_engine(settings)
    try:
        async with engine.connect() as connection:
            reading = await connection.scalar(select(ElectricalData.id).limit(1))
            newest = select(Import.state).where(Import.file_name == SAMPLE_NAME)
            sample = await connection.scalar(newest.order_by(Import.created_at.desc()).limit(1))
    finally:
        await engine.dispose()
    is_production = settings.environment is Environment.PRODUCTION
    return Contents(has_readings=reading is not None, sample=sample, is_production=is_production)


def import_sample(folder: Path, environment: Mapping[str, str]) -> None:
    """Simulate the sample household and import its file by the same command that users have."""
    sample = folder / SAMPLE_NAME
    _run("writing the sample household", ["-m", "simulator", "--sample", "--out", str(sample)])
    command = [sys.executable, "-m", "api_service.scripts.import_csv_data", str(sample)]
    done = subprocess.run(command, check=False, env=dict(environment), preexec_fn=die_with_parent())
    if done.returncode:
        raise DataProblem("importing the sample household failed")


def _run(what: str, arguments: list[str]) -> None:
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=die_with_parent(),
    )
    if done.returncode:
        raise DataProblem(f"{what} failed:\n{(done.stderr or done.stdout).strip()}")
