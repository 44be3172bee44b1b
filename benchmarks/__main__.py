"""`python -m benchmarks [SUITE …]`: run all benchmarks, or the named ones, one after the other."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def suites() -> list[str]:
    """The benchmarks there are: every package here that can be run."""
    return sorted(path.parent.name for path in FOLDER.glob("*/__main__.py"))


def main(arguments: list[str]) -> int:
    """Run them; 0 when every one ended well, 2 for a name that there is not."""
    unknown = [name for name in arguments if name not in suites()]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(suites())}", file=sys.stderr)
        return 2
    failed = []
    for name in arguments or suites():
        print(f"\n=== {name} ===", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
