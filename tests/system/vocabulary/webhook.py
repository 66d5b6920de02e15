"""A webhook: takes what is posted to it.

    webhook.py FOLDER PORT

Each POST adds a line to FOLDER/posted: its path, its type, and its body, which is JSON. FOLDER/mood says how it is
answered: with that status, or with none at all when it is "hang"; without that file with 204.
"""
import http.server
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(folder / "posted", "a", encoding="utf-8") as posted:
            print(self.path, self.headers["Content-Type"], json.dumps(body), file=posted)
        mood = (folder / "mood").read_text().strip() if (folder / "mood").exists() else "204"
        if mood == "hang":
            self.rfile.read(1)  # until the client has had enough
            return
        self.send_response(int(mood))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Hook).serve_forever()
