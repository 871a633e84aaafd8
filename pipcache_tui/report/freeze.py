"""What `--freeze` writes: a requirements file with hashes, or the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from pipcache_tui.report.json_output import SCHEMA_VERSION, Record, json_text
from pipcache_tui.resolve.freeze import FreezeReport
from pipcache_tui.text import safe_text


def freeze_lines(report: FreezeReport) -> Iterator[str]:
    """The lines of a requirements file, safe to show; its first is a comment."""
    python = f"Python {safe_text(report.python.name)} with pip {safe_text(report.pip_version)}"
    if not report.frozen:
        yield f"# {python} could install nothing from this cache"
        return
    yield f"# the newest versions that {python} could install from this cache"
    for each in report.frozen:
        yield f"{each.project}=={safe_text(each.version)} \\"
        yield f"    --hash={':'.join(each.digest)}"


def freeze_record(report: FreezeReport) -> Record:
    """The same as JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "python": {
            "name": json_text(report.python.name),
            "version": report.python.version,
            "executable": json_text(report.python.executable),
        },
        "pip_version": report.pip_version,
        "requirements": [
            {
                "requirement": json_text(each.requirement.text),
                "project": json_text(each.project),
                "version": json_text(each.version),
                "filename": json_text(each.filename),
                "hash": ":".join(each.digest),
                "entry": json_text(each.entry.id),
            }
            for each in report.frozen
        ],
    }
