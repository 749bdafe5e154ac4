"""Watch a city live: `python -m experiments.live`, then open the address that it says.

Options are those of the configuration, as for the main job; `port=8765` says where the page is served, on this machine alone.
"""

import argparse
import json
import os
import subprocess
import sys
from importlib.util import find_spec

from experiments.console import plain
from experiments.launch import answered, check_cities
from sim.compose import jobs
from sim.options import ConfigError

ENVIRONMENT, PORT = "TRYGGSIM_LIVE", 8765
QUIET = {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False"}
"""What keeps the server from asking anybody outside for anything."""


def main(arguments=None):
    """Read the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.live", description=__doc__.split("\n\n")[0])
    parser.add_argument("overrides", nargs="*", help="options of the configuration, name=value; and port=8765")
    return answered(serve, parser.parse_intermixed_args(arguments).overrides, plain(stderr=True))


def serve(said, console):
    """Check the options, and serve the page until it is stopped. Returns the exit status."""
    if find_spec("solara") is None:
        raise ConfigError("the live view needs Mesa's page; install it with: pip install 'tryggsim[live]'")
    ports = [text.partition("=")[2] for text in said if text.startswith("port=")]
    port = ports[-1] if ports else str(PORT)
    if not port.isdigit() or not 1024 <= int(port) <= 65535:
        raise ConfigError(f"port={port}: allowed are 1024 to 65535")
    options = ["experiment=single", *(text for text in said if not text.startswith("port="))]
    check_cities(jobs(options), console)
    console.print(f"The city is built and its warm-up lived, about half a minute; then open http://localhost:{port} (Ctrl-C ends it)")
    command = [
        sys.executable,
        "-m",
        "solara",
        "run",
        "experiments.live.view",
        "--production",
        "--no-open",
        "--host=localhost",
        f"--port={port}",
    ]
    return subprocess.run(command, env=os.environ | QUIET | {ENVIRONMENT: json.dumps(options)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
