"""Print what pyproject.toml requires for one extra, so that images install it before the code changes."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extra = sys.argv[1]
sys.stdout.write("\n".join([*project["dependencies"], *project["optional-dependencies"][extra]]) + "\n")
