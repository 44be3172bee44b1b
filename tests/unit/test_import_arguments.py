"""The import command's options: what they are without the libraries that read files."""

import subprocess
import sys

from api_service.metering.blocks import ConflictRule
from api_service.scripts.import_arguments import CONFLICT_RULES

HELP = """
import sys
from api_service.scripts.import_csv_data import main
try:
    main(["--help"])
except SystemExit:
    print(sorted({"numpy", "pyarrow", "pydantic", "sqlalchemy"} & set(sys.modules)), file=sys.stderr)
"""


def test_conflict_rules_are_those_of_the_writer() -> None:
    assert list(CONFLICT_RULES) == [rule.value for rule in ConflictRule]


def test_help_waits_for_no_large_library() -> None:
    told = subprocess.run([sys.executable, "-c", HELP], check=True, capture_output=True, text=True)

    assert "--on-conflict {keep,replace,fill}" in told.stdout
    assert told.stderr.strip() == "[]"


def test_import_loads_no_driver_of_another_database() -> None:
    code = "import sys, api_service.scripts.import_run; print({'asyncpg'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "set()"
