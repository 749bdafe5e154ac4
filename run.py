"""Live the same city with and without each measure, and tell which buys most safety: `python run.py`."""

import sys

from experiments.launch import main

if __name__ == "__main__":
    sys.exit(main())
