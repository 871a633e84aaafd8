"""What to run before a change lands, one session each: `nox -l` lists them, `nox` runs the ones `.ci/run` does.

Sessions that need only what `pip install -e '.[test]'` gives run in the environment nox itself is in, so that nothing
is installed twice. `tests` on other Pythons and `build` make their own environments.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

HERE = Path(__file__).resolve().parent
TOOLS = Path(sys.executable).parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
#: what the tests need in addition to the installed program
BESIDE = ("tests", "benchmarks", "screenshots", "tools", "man", "docs", ".ci", ".github")
#: the tests of the documentation
DOCS = tuple(
    f"tests/{name}.py" for name in ("test_docs", "test_library", "test_contributing", "test_threat_model", "test_tasks")
)
#: the least branch coverage of the packages that read, select and delete (percent); never lower this
COVERED = 97
#: the packages whose coverage is measured
DECIDING = ("cache", "pythons", "select", "verify", "remove", "export", "resolve")

nox.options.sessions = ["lint", "types", "contracts", "docs", "build"]
nox.options.error_on_missing_interpreters = False


def _python(session: nox.Session, *arguments: str) -> None:
    session.run(sys.executable, *arguments, external=True)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style and formatting, by ruff."""
    _python(session, "-m", "ruff", "check", ".")
    _python(session, "-m", "ruff", "format", "--check", ".")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """mypy, strict, over everything."""
    _python(session, "-m", "mypy")


@nox.session(venv_backend="none")
def contracts(session: nox.Session) -> None:
    """Imports run one way, and only the screen imports textual."""
    session.run(str(TOOLS / "lint-imports"), "--no-cache", external=True)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """The documentation, checked against the program."""
    _python(session, "-m", "pytest", "-q", *DOCS, "tests/cli/test_man.py")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests except those with real pips and real terminals, on each Python that is installed."""
    session.install("-e", ".[test]")
    session.run("pytest", "-n", "2", "-m", "not interop and not e2e", *session.posargs)


@nox.session(venv_backend="none")
def interop(session: nox.Session) -> None:
    """Real pips of many generations against a local index; takes some minutes, and downloads pips the first time."""
    _python(session, "-m", "pytest", "-n", "2", "tests/interop", *session.posargs)


@nox.session(venv_backend="none")
def e2e(session: nox.Session) -> None:
    """The program in a real terminal."""
    _python(session, "-m", "pytest", "tests/e2e", *session.posargs)


@nox.session(venv_backend="none")
def coverage(session: nox.Session) -> None:
    """Branch coverage of the code that reads, selects and deletes."""
    measured = [f"--cov=pipcache_tui.{folder}" for folder in DECIDING]
    shown = ["--cov-branch", "--cov-report=term-missing:skip-covered", f"--cov-fail-under={COVERED}"]
    ran = [f"tests/{folder}" for folder in (*DECIDING, "faults", "hostile", "cli", "report", "demo")]
    _python(session, "-m", "pytest", "-n", "2", "-q", *measured, *shown, *ran, *session.posargs)


@nox.session(venv_backend="none")
def mutation(session: nox.Session) -> None:
    """Changes of the code that decides and deletes, each of which a test must notice; an hour or more."""
    _python(session, "-m", "tools.mutate", *session.posargs)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Small benchmarks, to see that they work. For the table in docs/measurements.md: python -m benchmarks"""
    _python(session, "-m", "benchmarks", "--files", "2000", "--rounds", "1")
    _python(session, "-m", "benchmarks.prove", "--gigabytes", "0.05")
    screen = [
        "-m",
        "benchmarks.screen",
        "--entries",
        "5000",
        "--rows",
        "20000",
    ]  # 1: too slow, on a busy machine
    session.run(sys.executable, *screen, external=True, success_codes=[0, 1])


@nox.session(venv_backend="none")
def screenshots(session: nox.Session) -> None:
    """Draw the pictures of the README; with `-- --png` as PNG too."""
    _python(session, "-m", "screenshots.draw", *session.posargs)


@nox.session(venv_backend="none")
def man(session: nox.Session) -> None:
    """Write the manual page."""
    _python(session, "-m", "tools.man")


@nox.session
def build(session: nox.Session) -> None:
    """Build both distributions; install the wheel, and test that, in a folder without the source tree."""
    session.install("build")
    dist = HERE / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--quiet", "--outdir", str(dist))  # the wheel is built from the sdist
    (wheel,) = dist.glob("*.whl")
    session.install(f"{wheel}[test]")
    page = Path(session.virtualenv.location, "share", "man", "man1", "pipcache-tui.1")
    if not page.is_file():
        session.error(f"no manual page at {page}")
    with tempfile.TemporaryDirectory() as folder:
        for name in BESIDE:
            if (HERE / name).is_dir():
                shutil.copytree(HERE / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        for file in HERE.glob("*.*"):
            if file.is_file():
                shutil.copy(file, folder)
        session.chdir(folder)
        where = "import pipcache_tui, sys; sys.exit(not pipcache_tui.__file__.startswith(sys.prefix))"
        session.run("python", "-c", where)
        ran = session.posargs or ["tests/cache", "tests/cli", "tests/demo", "tests/report", "tests/test_docs.py"]
        session.run("pytest", "-q", "-n", "2", *ran, env={"PYTHONDONTWRITEBYTECODE": "1"})
        session.chdir(HERE)
    session.log(f"in dist: {', '.join(sorted(os.listdir(dist)))}")
