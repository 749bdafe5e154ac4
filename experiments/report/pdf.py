"""A page as a PDF, printed by a browser that is there, as its reader's own would."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from sim.options import ConfigError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome")
WAIT_S = 180


def can_print():
    """The browser that prints pages. Raises `ConfigError` where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise ConfigError(
            "pdf=yes needs Chromium, Chrome or Edge on the path; without, open the page in any browser and print it to a file"
        )
    return found


def print_page(page):
    """Print a page beside itself, `report.pdf`. Returns the PDF. Raises `ConfigError` where no browser can do it."""
    program, file = can_print(), Path(page).with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        asked = [program, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--no-pdf-header-footer",
                 "--virtual-time-budget=20000", f"--print-to-pdf={file.resolve()}", Path(page).resolve().as_uri()]  # fmt: skip
        file.unlink(missing_ok=True)
        try:
            done = subprocess.run(asked, capture_output=True, text=True, timeout=WAIT_S, check=False)
        except subprocess.TimeoutExpired:
            raise ConfigError(f"pdf=yes: {program} did not print {page} within {WAIT_S} s; print it from any browser into a file") from None
    if done.returncode or not file.exists():
        raise ConfigError(f"pdf=yes: {program} did not print {page} ({' '.join(done.stderr.split())[-160:]})")
    return file
