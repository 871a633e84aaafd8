"""`python -m pipcache_tui`."""

import sys

from pipcache_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
