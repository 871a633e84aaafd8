"""`python -m tests.faults.signalled SIGNAL EVENT ARGUMENTS…`: the program, which gets a signal at one of its events.

Events are the audit events of the calls that make, change and remove files. Says at the end how many there were.
"""

from __future__ import annotations

import os
import signal
import sys

EVENTS = frozenset(
    {
        *("tempfile.mkdtemp", "shutil.rmtree", "open"),
        *("os.mkdir", "os.scandir", "os.chmod", "os.utime", "os.listdir"),
    }
)
#: seen with the name alone, below the descriptor of a folder
REMOVALS = frozenset({"os.remove", "os.rmdir"})


def main() -> None:
    number, at, *arguments = getattr(signal, sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
    temporary = os.environ["TMPDIR"]
    seen = 0

    def hook(event: str, values: tuple[object, ...]) -> None:
        nonlocal seen
        if event in REMOVALS or (event in EVENTS and str(values[0]).startswith(temporary)):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), number)

    sys.addaudithook(hook)
    from pipcache_tui.cli import main as run

    try:
        code = run(arguments)
    finally:
        print(f"events: {seen}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
