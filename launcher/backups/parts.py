"""The files of one backup: on SQLite each site has one of its own beside that of the default site."""

from pathlib import Path

from api_service.site_names import site_file, site_files


def parts(backup: Path) -> list[Path]:
    """All of them but the manifest, the main one first."""
    return [backup, *site_files(backup).values()]


def move(backup: Path, target: Path) -> Path:
    """Give all of them the name of `target`; the main one, which makes it a backup, comes last."""
    for site, path in site_files(backup).items():
        path.replace(site_file(target, site))
    return backup.replace(target)


def remove(backup: Path) -> None:
    """Delete all of them that are there."""
    for path in parts(backup):
        path.unlink(missing_ok=True)
