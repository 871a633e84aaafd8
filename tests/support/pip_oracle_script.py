# mypy: ignore-errors
# (it imports the pip under test, which has no types here)
"""Answers for `pip_oracle`, in a process of its own: what this pip's own code makes of index pages.

A JSON line in, a JSON line out. It runs on every Python that a pip under test runs on, so it imports nothing of ours.
"""

import base64
import json
import sys


def main():
    from pip._internal.index import collector, package_finder
    from pip._internal.index.collector import IndexContent, _get_encoding_from_headers, _NotAPIContent, parse_links
    from pip._internal.models.candidate import InstallationCandidate
    from pip._internal.models.target_python import TargetPython
    from pip._vendor.packaging.utils import canonicalize_name
    from pip._vendor.packaging.version import Version

    class Request:
        method = "GET"

    class Response:
        request = Request()

    target = TargetPython()
    tags = [str(tag) for tag in (target.get_sorted_tags if hasattr(target, "get_sorted_tags") else target.get_tags)()]
    print(json.dumps({"tags": tags, "python": ".".join(map(str, sys.version_info[:3]))}))
    sys.stdout.flush()

    def links_of(question):
        response = Response()
        response.headers = {} if question["content_type"] is None else {"Content-Type": question["content_type"]}
        collector._ensure_api_header(response)
        page = IndexContent(
            base64.b64decode(question["content"]),
            question["content_type"],
            _get_encoding_from_headers(response.headers),
            question["url"],
            cache_link_parsing=False,
        )
        return list(parse_links(page))

    def answer(question):
        try:
            links = links_of(question)
        except _NotAPIContent:
            return {"ignored": True}
        except Exception as error:
            return {"stops": repr(error)}
        evaluator = package_finder.LinkEvaluator(
            project_name=question["project"],
            canonical_name=canonicalize_name(question["project"]),
            formats=frozenset(question["formats"]),
            target_python=target,
            allow_yanked=True,
        )
        finder = package_finder.PackageFinder.__new__(package_finder.PackageFinder)
        candidates = []
        for link in finder._sort_links(links):
            try:
                result, detail = evaluator.evaluate_link(link)
                if result is not package_finder.LinkType.candidate:
                    continue
                candidate = InstallationCandidate("x", detail, link)
            except Exception as error:
                if type(error).__name__ == "InvalidVersion":
                    continue
                return {"stops": repr(error)}
            if isinstance(candidate.version, Version):
                candidates.append([link.url_without_fragment, str(candidate.version)])
        return {"links": [described(link) for link in links], "candidates": candidates}

    def described(link):
        hash_name = link.hash_name
        return {
            "url": link.url_without_fragment,
            "filename": link.filename,
            "hash": [hash_name, link.hash] if hash_name else None,
            "requires_python": link.requires_python,
            "yanked": link.yanked_reason,
            "metadata": has_metadata(link),
        }

    def has_metadata(link):
        try:
            return link.metadata_link() is not None
        except TypeError:  # pips before 23.2 expect a text, which JSON pages have not
            return False

    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))))
        sys.stdout.flush()


main()
