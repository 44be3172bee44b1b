"""`python -m simulator`: write a simulated household as a CSV file."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from simulator.household import Options, household, sample


def main(arguments: list[str] | None = None) -> int:
    """Write the file that the arguments ask for; 0, or 2 with one line for what cannot be simulated."""
    parser = _parser()
    given = parser.parse_args(arguments)
    options = Options(given.preset, given.days, given.period_s, given.start, given.timezone)
    try:
        home = sample() if given.sample else household(given.seed, options)
        if given.out == "-":
            sys.stdout.writelines(home.csv_blocks(names=not given.no_names))
        else:
            Path(given.out).parent.mkdir(parents=True, exist_ok=True)
            home.write_csv(given.out, names=not given.no_names)
    except (ValueError, KeyError, OSError) as problem:
        sys.stderr.write(f"simulator: {problem}\n")
        return 2
    sys.stderr.write(
        f"{len(home)} readings of {len(home.devices)} devices up to {home.now:%Y-%m-%d %H:%M} UTC "
        f"({home.timezone}) -> {given.out}\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m simulator", description=__doc__)
    parser.add_argument("--out", default="-", help="the CSV file to write, - for standard output (default)")
    parser.add_argument("--sample", action="store_true", help="the sample household; all but --out is fixed")
    parser.add_argument("--seed", type=int, default=1, help="everything follows from it (default 1)")
    parser.add_argument("--preset", default="family", help="flat, family (default), workshop or random")
    parser.add_argument("--days", type=_positive, help="length in days (default 8, random: by seed)")
    parser.add_argument(
        "--period-s", type=_whole, help="sampling period of every device (default: of each kind)"
    )
    parser.add_argument("--start", type=_moment, help="first moment, ISO 8601, UTC where it names no zone")
    parser.add_argument("--timezone", help="IANA zone in which the household lives (default UTC)")
    parser.add_argument("--no-names", action="store_true", help="leave the device_name column out")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 4000:
        raise argparse.ArgumentTypeError("between 0 and 4000")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 86400:
        raise argparse.ArgumentTypeError("between 1 and 86400")
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
