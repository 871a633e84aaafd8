# mypy: ignore-errors
# (it imports the pip under test, which has no types here)
"""Answers for `pip_process`: runs one pip's own commands again and again in one process, which saves its start.

A JSON line in, a JSON line out; all that pip prints goes to stderr. It runs on every Python a pip under test runs on.
"""

import json
import os
import sys


def fetch(job):
    """Get pages and files as pip does, so that they are in its cache."""
    from pip._internal.commands import create_command
    from pip._internal.index.collector import _get_simple_response
    from pip._internal.network.utils import response_chunks

    command = create_command("install")
    options, _ = command.parse_args(job["options"])
    with command.main_context():
        session = command.get_default_session(options)
        for url in job["pages"]:
            try:
                _get_simple_response(url, session)
            except Exception as error:  # a page that the set wants to be odd
                sys.stderr.write(url + ": " + repr(error) + "\n")
        for url in job["files"]:
            response = session.get(url, headers={"Accept-Encoding": "identity"}, stream=True)
            for _ in response_chunks(response):
                pass
    return {}


def run(job):
    """Run `pip install`; its exit code."""
    from pip._internal.commands import create_command

    before = dict(os.environ)
    os.environ.update(job["environ"])
    try:
        return {"code": create_command("install").main(job["arguments"])}
    finally:
        os.environ.clear()
        os.environ.update(before)


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        job = json.loads(line)
        answers.write(json.dumps(run(job) if job["what"] == "run" else fetch(job)) + "\n")
        answers.flush()


main()
