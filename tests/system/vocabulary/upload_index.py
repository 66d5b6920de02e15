"""A Python package index that takes uploads: the legacy upload API, simple pages in JSON or HTML, and the files.

    upload_index.py FOLDER PORT

FOLDER/files/PROJECT/NAME is what it has. Uploads need the password in FOLDER/password (of the user "builder"). The file
FOLDER/mood says how the next uploads are answered:

    403, 409, 500  with that status, and the file is thrown away
    lost           with 500 after the file was taken
    half           the connection is closed while the file comes
    html           pages are HTML, whatever the client accepts

Each upload adds a line "STATUS NAME" to FOLDER/uploads.
"""
import base64
import email.parser
import email.policy
import hashlib
import html
import json
import pathlib
import re
import socketserver
import sys
import wsgiref.simple_server

folder = pathlib.Path(sys.argv[1])
JSON = "application/vnd.pypi.simple.v1+json"


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def mood():
    file = folder / "mood"
    return file.read_text().strip() if file.exists() else ""


def fields_of(environ):
    """The parts of a multipart/form-data body by their names: text, or (file name, bytes)."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    head = f"Content-Type: {environ['CONTENT_TYPE']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[name] = (part.get_filename(), content) if part.get_filename() else content.decode()
    return fields


def take(environ):
    """The status and the reason of an upload."""
    password = (folder / "password").read_text().strip()
    wanted = "Basic " + base64.b64encode(f"builder:{password}".encode()).decode()
    if environ.get("HTTP_AUTHORIZATION") != wanted:
        return "401 Unauthorized", "who are you?", "?"
    if mood() == "half":
        environ["wsgi.input"].read(100)
        raise ConnectionAbortedError("as told")
    fields = fields_of(environ)
    name, content = fields["content"]
    if fields[":action"] != "file_upload" or fields["protocol_version"] != "1":
        return "400 Bad Request", "no upload", name
    if hashlib.sha256(content).hexdigest() != fields["sha256_digest"]:
        return "400 Bad Request", "the digest is another one", name
    if mood() in ("403", "409", "500"):
        return f"{mood()} As Told", "as told", name
    file = folder / "files" / normal(fields["name"]) / name
    if file.exists():
        return "400 Bad Request", "File already exists", name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return ("500 Lost" if mood() == "lost" else "200 OK"), "taken", name


def project(name, accepted):
    files = sorted((folder / "files" / name).glob("*"))
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    if JSON in accepted and mood() != "html":
        listed = [
            {"filename": file, "url": f"../../files/{name}/{file}", "hashes": {"sha256": sha256}}
            for file, sha256 in hashes.items()
        ]
        return JSON, json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": listed})
    links = "".join(
        f'<a href="../../files/{name}/{html.escape(file)}#sha256={sha256}">{html.escape(file)}</a>\n'
        for file, sha256 in hashes.items()
    )
    return "text/html", f"<!DOCTYPE html><html><body>\n{links}</body></html>"


def index(environ, start):
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "POST" and path == "/legacy/":
        status, reason, name = take(environ)
        with open(folder / "uploads", "a", encoding="utf-8") as log:
            print(status.split()[0], name, file=log)
        start(status, [("Content-Type", "text/plain")])
        return [reason.encode()]
    page = re.fullmatch(r"/simple/([a-z0-9-]+)/", path)
    if page and (folder / "files" / page[1]).exists():
        kind, text = project(page[1], environ.get("HTTP_ACCEPT", ""))
        start("200 OK", [("Content-Type", kind)])
        return [text.encode()]
    file = re.fullmatch(r"/files/([a-z0-9-]+)/([^/]+)", path)
    if file and (folder / "files" / file[1] / file[2]).is_file():
        start("200 OK", [("Content-Type", "application/octet-stream")])
        return [(folder / "files" / file[1] / file[2]).read_bytes()]
    start("404 Not Found", [("Content-Type", "text/plain")])
    return [b"there is nothing here"]


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


wsgiref.simple_server.make_server("127.0.0.1", int(sys.argv[2]), index, server_class=Server).serve_forever()
