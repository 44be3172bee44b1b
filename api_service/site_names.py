"""What a site is called, and where it therefore lies: the one rule for gateway, migrations and backups."""

import glob
import re
from pathlib import Path

DEFAULT_SITE = "default"
"""The site of an installation that knows no others: the database as DATABASE_URL names it."""

LONGEST_NAME = 32
SITE_NAME = rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}"
_SITE = re.compile(SITE_NAME)


def is_site_name(name: str) -> bool:
    """Whether a site may be called so: schema, role, file and folder are named after it."""
    return _SITE.fullmatch(name) is not None


def site_name(text: str) -> str:
    """A name from a command line; raises `ValueError` where no site may be called so."""
    if not is_site_name(text):
        raise ValueError(f"{text!r} is no name of a site")
    return text


def schema_of(site: str) -> str:
    """The schema of a site on PostgreSQL; raises `ValueError` for the default one, whose is the usual."""
    return f"site_{_checked(site)}"


def role_of(site: str) -> str:
    """The role as which PostgreSQL runs a site's statements; a server's databases share roles."""
    return f"askwatt_site_{_checked(site)}"


def site_file(main: Path, site: str) -> Path:
    """The file of a site on SQLite, beside the main one: `askwatt.db`, `askwatt.site_roof.db`."""
    return main.with_name(f"{main.stem}.site_{_checked(site)}{main.suffix}")


def site_files(main: Path) -> dict[str, Path]:
    """The files of sites that lie beside the main one, by site, registered or not."""
    begin = f"{main.stem}.site_"
    found = sorted(main.parent.glob(f"{glob.escape(begin)}*{glob.escape(main.suffix)}"))
    named = {path.name.removeprefix(begin).removesuffix(main.suffix): path for path in found}
    return {name: path for name, path in named.items() if is_site_name(name)}


def site_url(database_url: str, site: str) -> str:
    """The URL under which a site is connected to; on PostgreSQL that of the main database."""
    from sqlalchemy import make_url

    url = make_url(database_url)
    if site == DEFAULT_SITE or url.get_backend_name() != "sqlite":
        return database_url
    if url.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory has one site")
    path = site_file(Path(str(url.database)), site)
    return url.set(database=str(path)).render_as_string(hide_password=False)


def _checked(site: str) -> str:
    if site == DEFAULT_SITE or not is_site_name(site):
        raise ValueError(f"{site!r} is no name of a further site")
    return site
