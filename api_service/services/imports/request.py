"""An upload's options as its sender wrote them, kept beside the file so that a restart can go on."""

import json
import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from api_service.ingest.layout import DateOrder, Label
from api_service.ingest.recognition.options import (
    ReadOptions,
    parse_day,
    parse_encoding,
    parse_interval_us,
    parse_map,
)
from api_service.metering.blocks import ConflictRule
from api_service.services.imports.options import ImportOptions

REQUEST, REJECTS = "request.json", "rejects.csv"
OUR_NAMES = frozenset({REQUEST, REJECTS})
"""What lies beside an upload in its folder."""
MOST_NAME_BYTES = 150
_OPTIONS = {
    "mapping": "map",
    "device_column": "device-column",
    "date_order": "date-order",
    "on_conflict": "on-conflict",
}


@dataclass(frozen=True)
class ImportRequest:
    """The options of `make import`, by the same names; everything that is None or empty is found out."""

    timezone: str | None = None
    mapping: tuple[str, ...] = ()
    columns: str | None = None
    device: str | None = None
    device_column: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    label: str | None = None
    interval: str | None = None
    encoding: str | None = None
    date: str | None = None
    on_conflict: str = ConflictRule.FILL.value

    def options(self, rejects: Path | None, *, dry_run: bool = False) -> ImportOptions:
        """The options of the import. Raises `InvalidInput` for a bad map, interval, date or encoding."""
        read = ReadOptions(
            delimiter=self.delimiter or None,
            mapping=parse_map(list(self.mapping)),
            columns=tuple(name.strip() for name in self.columns.split(",")) if self.columns else (),
            device=self.device or None,
            device_column=self.device_column or None,
            date_order=DateOrder(self.date_order) if self.date_order else None,
            label=Label(self.label) if self.label else None,
            decimal=self.decimal or None,
            interval_us=parse_interval_us(self.interval) if self.interval else None,
            encoding=parse_encoding(self.encoding) if self.encoding else None,
            day=parse_day(self.date) if self.date else None,
        )
        rule = ConflictRule(self.on_conflict)
        return ImportOptions(self.timezone or None, read, rejects, dry_run, on_conflict=rule)

    def command(self, file_name: str) -> str:
        """The command that imports a file in the same way."""
        words = ["python", "-m", "api_service.scripts.import_csv_data", file_name]
        for name, value in asdict(self).items():
            if not value or (name == "on_conflict" and value == ConflictRule.FILL):
                continue
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{_OPTIONS.get(name, name)}", one]
        return shlex.join(words)

    def save(self, folder: Path, file_name: str) -> None:
        """Write the request down in the folder of its upload."""
        text = json.dumps({"file_name": file_name, "request": asdict(self)})
        (folder / REQUEST).write_text(text, encoding="utf-8")


def load_request(folder: Path) -> tuple[str, ImportRequest]:
    """The file's name and the request that `save` wrote."""
    kept = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    fields = kept["request"]
    return kept["file_name"], ImportRequest(**{**fields, "mapping": tuple(fields["mapping"])})


def safe_name(name: str) -> str:
    """A file's name without anything that a path could be made of; none of those that we keep beside it."""
    bare = re.sub(r"[^\w .()\[\]-]+", "_", Path(name.replace("\\", "/")).name).strip(" .")
    # Names may have 255 bytes, and the upload's own end with its suffix.
    short = bare.encode()[-MOST_NAME_BYTES:].decode(errors="ignore").strip(" .") or "upload.csv"
    return f"upload-{short}" if short.casefold() in OUR_NAMES else short
