"""Where a Chromium is found on this machine, and how it is started without asking for anything outside."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATH = next((path for name in NAMES if (path := shutil.which(name))), None)
WHY_SKIPPED = f"no Chromium found (looked for {', '.join(NAMES)}); Debian has it: apt-get install chromium"
