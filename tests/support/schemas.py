"""The JSON Schemas as they ship, with dates and times checked too."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

NAMES = ("list", "info", "explain", "prune", "verify", "export", "check", "freeze", "history")


def schema(name: str) -> dict[str, Any]:
    """One schema by its short name."""
    text = files("pipcache_tui.report").joinpath("schema").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validator(name: str, *, part: str | None = None) -> Draft202012Validator:
    """A validator of a whole document, or of one of the schema's `$defs`."""
    registry = Registry().with_resources(
        [(schema(each)["$id"], Resource.from_contents(schema(each))) for each in NAMES]
    )
    target: dict[str, Any] = schema(name)
    if part is not None:
        target = {"$ref": f"{target['$id']}#/$defs/{part}"}
    return Draft202012Validator(target, registry=registry)
