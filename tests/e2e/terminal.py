"""A real terminal for the program: a pseudo-terminal, drawn by a terminal emulator."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

#: seconds within which anything is answered, on a machine under load
PATIENCE = 40.0

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "space": " ",
    "tab": "\t",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "ctrl+a": "\x01",
    "ctrl+q": "\x11",
    "backspace": "\x7f",
}
#: what a terminal emulator of this kind does not know: answers to questions, kitty's keyboard, private modes
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[uqncp]|\x1b\[\?[0-9;]*\$p|\x1bP[^\x1b]*\x1b\\")


class Terminal:
    """Runs a command in a terminal of `columns` × `rows`; `raw` is all it wrote, `lines` what is to be seen."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 100,
        rows: int = 30,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        surroundings = {
            **{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TEXTUAL", "COLUMNS", "LINES")},
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            **(environ or {}),
        }
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the child
            try:
                os.execvpe(command[0], list(command), surroundings)
            finally:
                os._exit(127)
        self._resize(columns, rows)
        self.before = termios.tcgetattr(self._fd)
        self.code: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def press(self, *keys: str) -> None:
        """Keys by name, or text as it is typed."""
        for key in keys:
            os.write(self._fd, KEYS.get(key, key).encode())
            # A key that comes at once after escape is one with alt.
            until = time.monotonic() + (0.4 if key == "escape" else 0.05)
            while time.monotonic() < until:
                self._read(0.05)

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._resize(columns, rows)
        os.kill(self.pid, signal.SIGWINCH)

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, *texts: str, gone: str | None = None) -> None:
        """Until all texts are in sight and `gone` is not."""
        until = time.monotonic() + PATIENCE
        while not (all(text in self.text for text in texts) and (gone is None or gone not in self.text)):
            if time.monotonic() > until or not self._read(0.1):
                raise AssertionError(f"not seen: {texts} (gone: {gone})\n{self.text}\n{self.raw[-800:]!r}")

    def wait_until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > until or not self._read(0.1):
                raise AssertionError(f"the condition did not become true\n{self.text}")

    def end(self) -> int:
        """Wait until the program has ended; its exit code (negative: the signal that killed it)."""
        until = time.monotonic() + PATIENCE
        while self._read(0.1):
            assert time.monotonic() < until, f"it does not end\n{self.text}"
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def _read(self, seconds: float) -> bool:
        """Take in what the program writes; False once it has closed the terminal."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        if not data:
            return False
        self.raw += data
        self._stream.feed(self._decoder.decode(_UNKNOWN.sub(b"", data)))
        return True


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipcache_tui", *arguments]
