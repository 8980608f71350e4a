"""Serve the page and the package of this repository to this machine alone, as serve.mjs does, where there is no Node.

Python 3.8 or later, no packages. `python3 scripts/serve.py` (PORT=8080 by default; a taken port gives way to the next).
"""

import errno
import os
import re
import shutil
import signal
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# Only these folders are visible; the rest of the repository (and its .git) is nobody's business.
FOLDERS = ["www", "pkg", "docs", "tests"]
PORTS_TO_TRY = 20

# The same as in serve.mjs. What Python knows of types by itself depends on the machine.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",  # without it browsers cannot compile while downloading
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}


def find(pathname):
    """The file a request path names as ("file", path), or where to send the reader as ("redirect", path), or None.
    The path is still percent-encoded."""
    if pathname == "/":
        return "redirect", "/www/"
    try:
        if re.search("%(?![0-9a-fA-F]{2})", pathname):
            return None
        path = unquote(pathname, errors="strict")
        # A doubled first slash, or none, would make the redirect below point to another host.
        if not path.startswith("/") or path.startswith("//") or "\0" in path or "\\" in path:
            return None
        named = os.path.normpath(ROOT + "/" + path)
        folders = [os.path.join(ROOT, name) for name in FOLDERS]
        folder = next((folder for folder in folders if (named + os.sep).startswith(folder + os.sep)), None)
        if folder is None:
            return None
        if os.path.isdir(named):
            if not path.endswith("/"):
                return "redirect", pathname + "/"
            named = os.path.join(named, "index.html")
        elif path.endswith("/"):
            return None
        file = os.path.realpath(named)
        # A symbolic link may not lead out of the folder either.
        if not os.path.isfile(file) or not file.startswith(os.path.realpath(folder) + os.sep):
            return None
        return "file", file
    except (OSError, ValueError):
        return None  # a malformed escape or a file that is not there


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many files
    disable_nagle_algorithm = True  # the headers and the file go out as two writes

    def version_string(self):
        return "relume"

    def log_message(self, *_):
        """The terminal shows the address and nothing else."""

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        # Not self.path: newer versions of Python tidy it.
        kind, found = find(re.sub("[?#].*", "", self.requestline.split()[1])) or (None, None)
        if kind is None:
            self.answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"not found\n")
        elif kind == "redirect":
            self.answer(302, {"Location": found})
        else:
            self.answer_file(found)

    do_HEAD = do_GET

    def answer_file(self, path):
        try:
            file = open(path, "rb")
        except OSError:
            self.answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"not found\n")
            return
        with file:
            headers = {
                "Content-Type": TYPES.get(os.path.splitext(path)[1].lower(), "application/octet-stream"),
                "Content-Length": str(os.fstat(file.fileno()).st_size),
                "Cache-Control": "no-cache",
                "X-Content-Type-Options": "nosniff",
            }
            self.answer(200, headers)
            if self.command != "HEAD":
                shutil.copyfileobj(file, self.wfile)

    def refuse(self):
        self.close_connection = True  # what the request brings is not read
        self.answer(405, {"Allow": "GET, HEAD", "Connection": "close"})

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = refuse


# Not http.server's own class: that one asks the network for the name of this machine.
class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 128
    # On Windows it would let two servers share one port.
    allow_reuse_address = os.name == "posix"

    def handle_error(self, request, client_address):
        # A reader that hangs up is not our failure.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def last_port(port):
    """The last port tried where all before it are taken."""
    return min(port + PORTS_TO_TRY - 1, 65535)


def listen(port):
    """Port 0 takes any free one, any other gives way to the next."""
    for candidate in range(port, last_port(port) + 1):
        try:
            return Server(("127.0.0.1", candidate), Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == last_port(port):
                raise


def refusal(port, error):
    """Why there is no server."""
    code = errno.errorcode.get(error.errno, str(error.errno))
    if code == "EADDRINUSE":
        return "ports {} to {} are all taken; set PORT=NUMBER to use another".format(port, last_port(port))
    if code == "EACCES":
        return "port {} is for administrators only (EACCES); set PORT=NUMBER to use another".format(port)
    return "port {} cannot be used ({}); set PORT=NUMBER to use another".format(port, code)


def main():
    text = os.environ.get("PORT") or "8080"
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        print("PORT is not a port: " + text, file=sys.stderr)
        return 2
    port = int(text)
    try:
        server = listen(port)
    except OSError as error:
        print(refusal(port, error), file=sys.stderr)
        return 1
    used = server.server_address[1]
    why = "" if port in (0, used) else "port {} is taken; set PORT=NUMBER to use another; ".format(port)
    print("relume is at http://localhost:{}/www/  ({}Ctrl-C to stop)".format(used, why), flush=True)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and without a word
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
