"""Make an API key: prints the key once, and the line for API_KEYS_FILE that admits it."""

import argparse
import secrets

from api_service.services.access.key_service import digest_of
from api_service.site_names import DEFAULT_SITE, site_name

KEY_BYTES = 32


def main() -> None:
    """Print a fresh 256-bit key and its file line; nothing is stored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="whose key it is, for your own records")
    parser.add_argument("--site", type=site_name, default=DEFAULT_SITE, help="whose data it opens")
    arguments = parser.parse_args()
    key = secrets.token_urlsafe(KEY_BYTES)
    print(f"key (keep it, it is shown only now): {key}")
    site = "" if arguments.site == DEFAULT_SITE else f"{arguments.site}:"
    print(f"line for API_KEYS_FILE: {site}{digest_of(key)} {arguments.name}")


if __name__ == "__main__":
    main()
