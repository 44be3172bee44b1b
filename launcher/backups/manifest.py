"""The small file beside each backup: what the backup holds, and how to know that it is whole."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from api_service.site_names import site_file, site_files
from launcher.backups.errors import BackupProblem
from launcher.backups.figures import Figures
from launcher.backups.parts import parts

FORMAT = 1
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """One backup. It is written last, after the trial: a backup without it is not whole."""

    made_at: datetime
    database: str
    sha256: str
    size_bytes: int
    figures: Figures
    site_digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, backup: Path, made_at: datetime, database: str, figures: Figures) -> "Manifest":
        """Describe a backup whose files are written."""
        digests = {site: digest(path) for site, path in site_files(backup).items()}
        size = sum(path.stat().st_size for path in parts(backup))
        return cls(made_at, database, digest(backup), size, figures, digests)

    def write(self, backup: Path) -> None:
        """Put the manifest beside the backup."""
        values = {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "database": self.database,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "figures": self.figures.to_json(),
            **({"site_digests": self.site_digests} if self.site_digests else {}),
        }
        partial = manifest_path(backup).with_suffix(".json.partial")
        create_private(partial)
        partial.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        partial.replace(manifest_path(backup))

    @classmethod
    def read(cls, backup: Path) -> "Manifest":
        """The manifest of a backup whose bytes are as they were written; raises `BackupProblem`."""
        path = manifest_path(backup)
        if not backup.is_file() or not path.is_file():
            raise BackupProblem(f"{backup} and {path.name} must both be there")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            found_format = values["format"]
            manifest = cls(
                datetime.fromisoformat(values["made_at"]),
                values["database"],
                values["sha256"],
                values["size_bytes"],
                Figures.from_json(values["figures"]),
                values.get("site_digests", {}),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BackupProblem(f"{path} is damaged ({error})") from error
        if found_format != FORMAT:
            raise BackupProblem(f"{path} has format {found_format}; this AskWatt reads {FORMAT}")
        if digest(backup) != manifest.sha256:
            raise BackupProblem(f"{backup} is damaged: it is not what {path.name} describes")
        for site, expected in manifest.site_digests.items():
            part = site_file(backup, site)
            if not part.is_file() or digest(part) != expected:
                raise BackupProblem(f"{part} is missing or damaged: it is not what {path.name} describes")
        return manifest


def manifest_path(backup: Path) -> Path:
    """Beside the backup, with `.json` after its name."""
    return backup.with_name(f"{backup.name}.json")


def create_private(path: Path) -> None:
    """An empty file that its owner alone may read: readings tell when somebody is at home."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
