"""Keys of the database: make one (shown once), list them, rotate one, revoke one."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from api_service.database.sessions import create_engine, session_factory
from api_service.schemas.access.keys import KeyDetails, KeyRequest, KeyRotation, KeyScope, NewKey
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService
from api_service.services.access.site_registry import SiteRegistry
from api_service.site_names import DEFAULT_SITE, site_name
from shared.errors import AskWattError
from shared.settings import load_settings_or_exit

# A century; leave --days out for a key that never ends.
LONGEST_DAYS = 36_500


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; 0 when done, 1 with one line on what is in the way."""
    parser = argparse.ArgumentParser("python -m api_service.scripts.keys", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key and show it once")
    create.add_argument("name", help="what the key is called")
    create.add_argument("--owner", help="to whom its conversations belong (default: its name)")
    create.add_argument("--scopes", default="read", help="of read, write, admin, with commas (default: read)")
    create.add_argument(
        "--site", type=site_name, default=DEFAULT_SITE, help="whose data it opens (docs/access.md)"
    )
    create.add_argument("--days", type=_days, help="after so many days it ends (default: never)")
    commands.add_parser("list", help="all keys, without the keys themselves")
    rotate = commands.add_parser("rotate", help="give a key a new secret and show it once")
    rotate.add_argument("key_id")
    rotate.add_argument(
        "--grace-hours", type=int, default=24, help="how long the old one lasts (default: 24)"
    )
    commands.add_parser("revoke", help="end a key").add_argument("key_id")
    try:
        return asyncio.run(_run(parser.parse_args(arguments)))
    except ValidationError as problem:
        return _complain(problem.errors()[0]["msg"])
    except (AskWattError, SQLAlchemyError, OSError) as problem:
        return _complain(str(getattr(problem, "orig", None) or problem).splitlines()[0])


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to {LONGEST_DAYS}")
    return days


async def _run(given: argparse.Namespace) -> int:
    engine = create_engine(load_settings_or_exit())
    sessions = session_factory(engine)
    keys = KeyService(sessions)
    try:
        if given.command == "list":
            for row in (await keys.keys(None)).items:
                print(_line(row))
            return 0
        site = getattr(given, "site", DEFAULT_SITE)
        await SiteRegistry(sessions).check(site)
        async with AuditService(sessions).command(_target(given), site):
            made = await _change(keys, given)
        if made is not None:
            print(f"key (keep it, it is shown only now): {made.key}")
    finally:
        await engine.dispose()
    return 0


async def _change(keys: KeyService, given: argparse.Namespace) -> NewKey | None:
    if given.command == "create":
        return await keys.create(_request(given), given.site)
    if given.command == "rotate":
        return await keys.rotate(given.key_id, KeyRotation(grace_s=given.grace_hours * 3600), None)
    await keys.revoke(given.key_id, None)
    return None


def _target(given: argparse.Namespace) -> str:
    """What the audit log calls the change."""
    if given.command == "create":
        return f"keys create {given.name} (owner {given.owner or given.name}, {given.scopes})"
    return f"keys {given.command} {given.key_id}"


def _request(given: argparse.Namespace) -> KeyRequest:
    expires_at = (datetime.now(UTC) + timedelta(days=given.days)).isoformat() if given.days else None
    names = [name.strip() for name in given.scopes.split(",")]
    values = {"name": given.name, "owner": given.owner, "scopes": names, "expires_at": expires_at}
    return KeyRequest.model_validate(values)


def _line(row: KeyDetails) -> str:
    state = "revoked" if row.revoked_at else f"until {row.expires_at:%Y-%m-%d}" if row.expires_at else "valid"
    order = [scope.value for scope in KeyScope if scope in row.scopes]
    return (
        f"{row.key_id}  {row.created_at:%Y-%m-%d}  {','.join(order):16}  {state:16}  {row.owner}: {row.name}"
        + ("" if row.site == DEFAULT_SITE else f"  (site {row.site})")
    )


def _complain(text: str) -> int:
    sys.stderr.write(f"askwatt: {text}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
