"""`python -m api_service.scripts.import_csv_data FILE…`: import readings from files.

Exit codes: 0 imported (also with a few rejects, which are named, or when all readings were stored already),
1 nothing could be imported, 2 bad usage or settings, 3 more lines were rejected than --max-rejects allows,
130 interrupted (the same command goes on).
"""

import signal
import sys

from api_service.scripts.import_arguments import files_of, options_of, parser
from shared.errors import InvalidInput


def main(arguments: list[str] | None = None) -> int:
    """Import the files that the arguments name and print a report of each; returns the worst exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
    given = parser().parse_args(arguments)
    given.arguments = sys.argv[1:] if arguments is None else arguments
    # Only now: --help and a wrong option wait for neither the database's libraries nor those that read files.
    from api_service.scripts.import_run import EXIT_INTERRUPTED, complain, import_and_report
    from shared.settings import EXIT_BAD_SETTINGS, load_settings_or_exit

    settings = load_settings_or_exit()
    try:
        options, files = options_of(given), files_of(given)
    except InvalidInput as error:
        return complain(str(error), EXIT_BAD_SETTINGS)
    codes = []
    for file in files:
        code = import_and_report(settings, file, options, given)
        if code == EXIT_INTERRUPTED:
            return code
        codes.append(code)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
