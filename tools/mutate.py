"""Changes the code that decides and deletes, one place at a time, to see whether a test fails.

Run it with `python -m tools.mutate` or `nox -s mutation`. A fixed seed picks the places, so that the same source gives
the same mutants. Each mutant is made in a copy of the repository and tested first by the test file that mirrors its
module, then by the folder of that file. A mutant that no test notices survives. It has to be listed in
`tools/equivalent_mutants.toml` with the reason why it changes nothing that matters; any other survivor makes the exit
code 1.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "pipcache_tui"
#: the modules that select and delete
TARGETS = ("select", "remove", "verify", "cache/pip", "tui/screens/review.py")
#: what to run after a module's own test file where its whole folder would take too long
TESTS_OF: Mapping[str, tuple[str, ...]] = {
    "tui/screens/review.py": tuple(f"tests/tui/screens/test_{name}.py" for name in ("progress", "prune", "purge"))
}
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
#: what the tests read in addition to the package
_COPIED = (
    "tests",
    "tools",
    "benchmarks",
    "screenshots",
    "man",
    "docs",
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
)
#: a mutant whose tests run longer (seconds) counts as noticed: it hangs
_TIME_LIMIT = 240.0

_SWAPPED: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


#: module, where, text, before, after
Name: TypeAlias = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: `before` becomes `after` at a place in a module, in the function or class named `where`.

    `start` and `end` are offsets in bytes; `text` is the source line it begins on.
    """

    module: str
    where: str
    line: int
    text: str
    before: str
    after: str
    start: int
    end: int

    @property
    def name(self) -> Name:
        """What stays the same when lines move."""
        return (self.module, self.where, self.text, self.before, self.after)

    def __str__(self) -> str:
        return f"{self.module}:{self.line} ({self.where}): {self.before}  →  {self.after}"

    def applied(self, source: str) -> str:
        """The source with this change."""
        data = source.encode()
        return (data[: self.start] + self.after.encode() + data[self.end :]).decode()


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Every change that can be made to a module, in the order of its source."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def make(node: ast.expr | ast.stmt, after: str, where: str) -> Mutant:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        text = lines[node.lineno - 1].decode().strip()
        return Mutant(module, where, node.lineno, text, " ".join(ast.unparse(node).split()), after, start, end)

    for node, where in _walk(ast.parse(source), "module"):
        for after in _changes(node):
            assert isinstance(node, ast.expr | ast.stmt)
            mutant = make(node, after, where)
            if mutant.before != after:
                yield mutant


def _walk(tree: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    """All code that runs: no annotation, no docstring, no decorator, nothing that is only for type checkers."""
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = tree.name if where == "module" else f"{where}.{tree.name}"
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.JoinedStr) or (isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant)):
        return
    yield tree, where
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "args" if isinstance(tree, ast.FunctionDef) else ""):
            continue
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, ast.AST):
                yield from _walk(child, where)


def _changes(node: ast.AST) -> Iterator[str]:
    """What could stand in the place of a node."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SWAPPED:
            yield ast.unparse(ast.Compare(left, [_SWAPPED[type(op)]()], [right]))  # type: ignore[list-item]
        case ast.BoolOp(op=op, values=values):
            yield _in_brackets(ast.BoolOp(_SWAPPED[type(op)](), values))  # type: ignore[arg-type]
            for index in range(len(values)):
                left_out = values[:index] + values[index + 1 :]
                yield _in_brackets(left_out[0] if len(left_out) == 1 else ast.BoolOp(op, left_out))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _in_brackets(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SWAPPED and not isinstance(left, ast.Constant):
            yield _in_brackets(ast.BinOp(left, _SWAPPED[type(op)](), right))  # type: ignore[arg-type]
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield str(value + 1)
        case ast.Constant(value=float(value)):
            yield str(value / 100)
        case ast.IfExp(test=_, body=body, orelse=orelse):
            yield _in_brackets(body)
            yield _in_brackets(orelse)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return None"
        case ast.Expr(value=ast.Call()):
            yield "pass"
        case ast.Continue():
            yield "break"


def _in_brackets(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def modules(targets: Iterable[str] = TARGETS, repository: Path = REPOSITORY) -> list[str]:
    """The modules below the package that are changed, by path."""
    package = repository / PACKAGE
    found: list[str] = []
    for target in targets:
        paths = [package / target] if target.endswith(".py") else sorted((package / target).rglob("*.py"))
        found += [path.relative_to(package).as_posix() for path in paths if path.name != "__init__.py"]
    return found


def pick(count: int, seed: int, names: Iterable[str], repository: Path = REPOSITORY) -> list[Mutant]:
    """So many mutants of these modules; the same ones for the same seed and source."""
    every = [
        mutant
        for name in names
        for mutant in mutants_of(name, (repository / PACKAGE / name).read_text(encoding="utf-8"))
    ]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(chosen, key=lambda mutant: (mutant.module, mutant.start, mutant.after))


def mirroring_tests(module: str, repository: Path = REPOSITORY) -> list[tuple[str, ...]]:
    """What to run for a module, one after the other: its own test file, then all of that file's folder."""
    folder, _, file = module.rpartition("/")
    mirrored = f"tests/{folder}/test_{file}"
    steps: list[tuple[str, ...]] = [(mirrored,)] if (repository / mirrored).is_file() else []
    if module in TESTS_OF:
        steps.append(TESTS_OF[module])
    elif (repository / "tests" / folder).is_dir():
        steps.append((f"tests/{folder}",))
    return steps


def read_equivalent(path: Path = EQUIVALENT) -> dict[Name, str]:
    """By the name of a mutant: why it changes nothing that matters."""
    listed = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    fields = ("module", "where", "text", "before", "after")
    return {tuple(each[field] for field in fields): each["why"] for each in listed}


class Copy:
    """A copy of the repository in which mutants are made."""

    def __init__(self, folder: Path, repository: Path = REPOSITORY) -> None:
        self.folder = folder
        ignore = shutil.ignore_patterns("__pycache__")
        for name in (PACKAGE, *_COPIED):
            source = repository / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignore)
            elif source.exists():
                shutil.copy(source, folder / name)

    def notices(self, mutant: Mutant, seconds: float = _TIME_LIMIT) -> bool:
        """Whether a test fails, or does not end, with this change."""
        path = self.folder / PACKAGE / mutant.module
        source = path.read_text(encoding="utf-8")
        changed = mutant.applied(source)
        ast.parse(changed)
        path.write_text(changed, encoding="utf-8")
        try:
            return any(not self.passes(tests, seconds) for tests in mirroring_tests(mutant.module, self.folder))
        finally:
            path.write_text(source, encoding="utf-8")

    def passes(self, tests: Sequence[str], seconds: float = _TIME_LIMIT) -> bool:
        """Whether these tests pass in time."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--hypothesis-seed=0", *tests]
        environ = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ended = subprocess.run(
                command, cwd=self.folder, env=environ, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return ended.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where a mutant survived that is not listed as equivalent."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="how many mutants (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", action="append", metavar="PATH", help="a folder or module below the package; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="show the mutants and run nothing")
    options = parser.parse_args(arguments)
    picked = pick(options.count, options.seed, modules(options.only or TARGETS))
    if options.list:
        print(*picked, sep="\n")
        return 0
    equivalent = read_equivalent()
    survivors: list[Mutant] = []
    known = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder))
        for number, mutant in enumerate(picked, 1):
            if mutant.name in equivalent:
                known += 1
            elif not copy.notices(mutant):
                survivors.append(mutant)
                print(f"survived: {mutant}", flush=True)
            if number % 10 == 0:
                print(f"{number} of {len(picked)}, {len(survivors)} survived", file=sys.stderr, flush=True)
    noticed = len(picked) - len(survivors) - known
    rate = 100 * noticed / max(1, len(picked) - known)
    print(
        f"{noticed} of {len(picked) - known} mutants noticed ({rate:.1f} %); "
        f"{known} more are listed as equivalent; {time.monotonic() - started:.0f} s"
    )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
