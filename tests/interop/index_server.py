"""A local package index over HTTPS that answers as the public one does, and notes each request.

It is reached in two ways through one port of 127.0.0.1:

- directly, as `https://localhost:<port>/…` (`direct=True`), with a port that may be given, so that a cache filled
  earlier meets the same addresses again;
- by name (the default), as the proxy through which a pip reaches `https://index.example/simple/`: the server answers
  `CONNECT` itself, whatever the name, with a certificate for it. The addresses in a cache are then the same on every
  run and in every process, pages and files live on different hosts as they do in public, and the few addresses that
  old pips have built in are answered here too.

A test changes what a path answers with `override`, and time with `clock`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import email.utils
import gzip
import hashlib
import os
import socket
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import trustme

from tests.interop.packages import MADE, File
from tests.interop.pages import Resource, Served, Site, describe

PAGE_LIFE = "max-age=600, public"
FILE_LIFE = "max-age=365000000, immutable, public"
_TLS_HANDSHAKE = b"\x16"

#: a header's value; None leaves the header out; a function is given the server's time (seconds since 1970)
HeaderValue = str | None | Callable[[float], str | None]


def http_date(moment: float) -> str:
    """Seconds since 1970 as HTTP writes a date."""
    return email.utils.formatdate(moment, usegmt=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request and how it was answered. `headers` are the request's, names in lower case."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    status: int
    content_type: str | None
    #: bytes of the body sent
    sent: int
    scheme: str = "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers

    def __str__(self) -> str:
        how = " (conditional)" if self.conditional else ""
        how += f" ({self.headers['range']})" if "range" in self.headers else ""
        return f"{self.method} {self.url}{how} → {self.status}, {self.sent} bytes"


@dataclass(frozen=True, slots=True)
class Override:
    """What a path answers instead of its own: headers set or left out, another status, a body cut off."""

    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    status: int | None = None
    #: the connection breaks after so many bytes of a full body; later ranges are answered whole
    cut_after: int | None = None


class Authority:
    """A certificate authority of the test's own, and the certificates it signs, one a name."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as stream:
            stream.write(self._authority.cert_pem.bytes())
        #: the file to give to pip's --cert; `close` removes it
        self.path = stream.name

    def context(self, name: str) -> ssl.SSLContext:
        """A server context that shows a certificate for `name`, and for any other name the client asks for."""
        with self._lock:
            context = self._contexts.get(name)
            if context is None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(name).configure_cert(context)
                context.sni_callback = self._choose
                self._contexts[name] = context
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name:
            connection.context = self.context(name)

    def close(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)


class IndexServer:
    """The index; `with IndexServer(files) as server:` serves until the block ends.

    `names`: host of the pages, host of the files (which may be one). `direct`: both are `localhost:<port>` instead.
    `plain`: also answers without encryption, and `direct` addresses are http (of which pips keep nothing).
    `json_pages`: whether pages are also to be had as JSON (PEP 691). `naming_headers`: whether files are sent with
    the `x-pypi-file-…` headers of the public index (since December 2022). `port` 0 takes a free one.
    """

    def __init__(
        self,
        files: Sequence[File],
        *,
        names: tuple[str, str] = ("index.example", "files.index.example"),
        direct: bool = False,
        plain: bool = False,
        port: int = 0,
        json_pages: bool = True,
        naming_headers: bool = False,
        authority: Authority | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._own_authority = authority is None
        self.authority = authority or Authority()
        self.clock = clock
        self._seen: list[Seen] = []
        self._overrides: dict[str, Override] = {}
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", port), _Handler)
        self._http.index = self
        self.port = self._http.server_address[1]
        self.proxy = None if direct else f"http://127.0.0.1:{self.port}"
        index_host, file_host = (f"localhost:{self.port}",) * 2 if direct else names
        self.plain, scheme = plain, "http" if plain and direct else "https"
        self.index_host, self.file_host = f"{scheme}://{index_host}", f"{scheme}://{file_host}"
        self.site = Site(files, self.index_host, self.file_host, json_pages=json_pages, naming_headers=naming_headers)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def index_url(self) -> str:
        """What pip's --index-url takes."""
        return f"{self.index_host}/simple/"

    def page_url(self, project: str) -> str:
        return f"{self.index_url}{project}/"

    def file_url(self, file: File) -> str:
        """The address under which the index lists a file."""
        return self.site.listed_url(file)

    def override(self, path: str, override: Override | None) -> None:
        """Changes what the path (of any host) answers, from the next request on; None takes the change back."""
        with self._lock:
            if override is None:
                self._overrides.pop(path, None)
            else:
                self._overrides[path] = override

    def override_for(self, path: str) -> Override:
        with self._lock:
            return self._overrides.get(path) or Override()

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order in which they were answered."""
        with self._lock:
            return tuple(self._seen)

    @contextlib.contextmanager
    def recording(self) -> Iterator[list[Seen]]:
        """Gives a list that holds the requests of the block, once the block has ended."""
        start, during = len(self.seen), list[Seen]()
        yield during
        during.extend(self.seen[start:])

    def served(self, request: Seen) -> Served:
        """What a request was answered with, in the words a scan should use."""
        resource = self.site.find(request.path, request.headers.get("accept", "*/*"))
        return dataclasses.replace(describe(request.url, resource), status=request.status)

    def note(self, request: Seen) -> None:
        with self._lock:
            self._seen.append(request)

    def __enter__(self) -> IndexServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self._own_authority:
            self.authority.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # an idle kept-alive connection would hold the end up
    request_queue_size = 64
    index: IndexServer

    def handle_error(self, request: object, client_address: object) -> None:
        # Clients that go away are no news; anything else is a mistake of this server and must be seen.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(cast("Any", request), client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 60
    server: _Listener
    connection: socket.socket

    def setup(self) -> None:
        self.name = "localhost"
        self.secure = self.request.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE
        if self.secure:
            self.request = self._encrypt(self.request)
        super().setup()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        with contextlib.suppress(OSError):
            self.connection.close()

    def _encrypt(self, connection: socket.socket) -> socket.socket:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        return self.server.index.authority.context(self.name).wrap_socket(connection, server_side=True)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr: requests are kept in `IndexServer.seen`."""

    def do_CONNECT(self) -> None:
        """Becomes the host that the client wants to be connected to."""
        self.name = self.path.rpartition(":")[0]
        self.send_response_only(HTTPStatus.OK)
        self.end_headers()
        self.wfile.flush()
        self.request = self._encrypt(self.connection)
        super().setup()
        self.secure, self.close_connection = True, False

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        index = self.server.index
        if not (self.secure or index.plain):
            self.send_error(HTTPStatus.BAD_REQUEST, "https only")
            return
        host = self.headers.get("Host", "")
        resource = index.site.find(self.path, self.headers.get("Accept", "*/*"))
        override = index.override_for(self.path)
        status, headers, body, cut = self._answer(resource, override, index.clock())
        try:
            self._send(status, headers, body, cut)
        finally:
            index.note(
                Seen(
                    method=self.command,
                    host=host,
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    status=status,
                    content_type=headers.get("Content-Type"),
                    scheme="https" if self.secure else "http",
                    sent=0 if self.command == "HEAD" else len(body) if cut is None else min(cut, len(body)),
                )
            )

    def _answer(
        self, resource: Resource, override: Override, now: float
    ) -> tuple[int, dict[str, str], bytes, int | None]:
        """Status, headers, the body to send, and after how many bytes the connection breaks (None: never)."""
        headers = self._own_headers(resource, now)
        for name, value in override.headers.items():
            headers.pop(name, None)
            value = value(now) if callable(value) else value
            if value is not None:
                headers[name] = value
        status, body = override.status or resource.status, resource.body
        if status == HTTPStatus.OK and self._has_it(headers):
            for name in ("Content-Type", "Content-Length"):
                headers.pop(name, None)
            return HTTPStatus.NOT_MODIFIED, headers, b"", None
        if resource.is_page and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, mtime=MADE)
        start = self._range_start(headers, len(body))
        if start is not None and status == HTTPStatus.OK:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            status, body = HTTPStatus.PARTIAL_CONTENT, body[start:]
            return status, headers, body, None
        return status, headers, body, override.cut_after

    def _own_headers(self, resource: Resource, now: float) -> dict[str, str]:
        headers = {"Date": http_date(now), "Content-Type": resource.content_type}
        if resource.location is not None:
            headers["Location"] = resource.location
        if resource.status == HTTPStatus.OK:
            headers["ETag"] = f'"{hashlib.md5(resource.body).hexdigest()}"'
            headers["Cache-Control"] = PAGE_LIFE if resource.is_page else FILE_LIFE
            if resource.is_page:
                headers["Vary"] = "Accept, Accept-Encoding"
            else:
                headers |= {"Last-Modified": http_date(MADE), "Accept-Ranges": "bytes"}
        return {**headers, **resource.headers}

    def _has_it(self, headers: Mapping[str, str]) -> bool:
        """Whether the client's condition says that it holds this very answer (If-None-Match goes first)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return headers.get("ETag") in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since, modified = self.headers.get("If-Modified-Since"), headers.get("Last-Modified")
        if since is None or modified is None:
            return False
        return email.utils.parsedate_to_datetime(modified) <= email.utils.parsedate_to_datetime(since)

    def _range_start(self, headers: Mapping[str, str], length: int) -> int | None:
        """Where an open range (`bytes=N-`) starts, if one was asked for and still fits the content."""
        unit, _, span = self.headers.get("Range", "").partition("=")
        condition = self.headers.get("If-Range")
        if unit != "bytes" or (condition is not None and condition not in headers.values()):
            return None
        first, _, last = span.partition("-")
        return int(first) if first.isdigit() and not last and int(first) < length else None

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, cut: int | None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
        self.wfile.flush()
        if cut is not None:
            self.close_connection = True


def url_path(url: str) -> str:
    """The path and query of an address, as `Seen.path` and `IndexServer.override` write it."""
    parts = urllib.parse.urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
