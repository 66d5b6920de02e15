# A service of a few lines, packed by hand (apt.sh), whose releases are made in no time: package web, served through a socket
# of systemd's on port 8000, with a configuration and a migration.

# pack VERSION [HOW [FIELD-LINE…]]: a release of the service. Of its two files it reads one as it starts and the other at
# each request. HOW it is bad: "bad" answers with an error, and so do all of them with the word in /etc/web.conf; "flaps"
# does so every second time; "old" says that it is another version; "raises" does not start; "dies" does after a second;
# "leaks" until it is killed; "needs FILE" as it starts; "grumbles" writes three errors into its journal, and is well for the
# rest. What stands in $migration its migration does first. With $needs_database a release answers with an error when PostgreSQL
# is down. With a $of_target its package is of a target of dray-build's: "+deb12".
pack() {
    local files=$world/files/web/opt/web
    mkdir -p "$files/static"
    echo "$1 ${2-}" >"$files/at-start"
    echo "$1" >"$files/at-request"
    echo "$1" >"$files/static/page.txt"
    echo "settings of $1" >"$files/settings"
    echo "${needs_database-}" >"$files/needs-database"
    printf '#!/bin/sh -e\n%s\nsleep %s\ncat /opt/web/at-request >>/var/log/web-migrations\n' "${migration-}" \
        "${migration_seconds:-2}" >"$files/migrate"
    chmod +x "$files/migrate"
    cat >"$files/serve.py" <<'PYTHON'
import http.server, itertools, os, pathlib, signal, socket, sys, threading, time
here = pathlib.Path(__file__).parent
version, _, how = (here / "at-start").read_text().rstrip("\n").partition(" ")
settings = pathlib.Path("/etc/web.conf").read_text().strip()
needs_database = (here / "needs-database").read_text().strip()
asked = itertools.count(1)

def leak():
    hoard = []
    for _ in range(200):
        hoard.append(bytes(range(256)) * 4096)
        time.sleep(0.002)
    os.kill(os.getpid(), signal.SIGKILL)  # where the kernel does not know MemoryMax=

def lacks_database():
    try:
        needs_database and socket.create_connection(("127.0.0.1", 5432), timeout=5).close()
    except OSError:
        return True

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = '{"version": "%s", "file": "%s", "settings": "%s"}\n' % (
            "0" if how == "old" else version, (here / "at-request").read_text().strip(), settings)
        bad = "bad" in (how, settings) or how == "flaps" and next(asked) % 2 == 0
        self.send_response(500 if bad or lacks_database() else 200)
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    def server_bind(self):
        self.socket = socket.socket(fileno=3)  # sd_listen_fds(3)
    def server_activate(self):
        pass

if how == "raises":
    raise RuntimeError("this release does not start")
if how.startswith("needs "):
    open(how.removeprefix("needs "))
if how == "grumbles":
    print("<3>one\n<3>two\n<3>three", file=sys.stderr, flush=True)
if how == "dies":
    threading.Timer(1, os._exit, (1,)).start()
if how == "leaks":
    threading.Thread(target=leak, daemon=True).start()
server = Server(("", 0), Answer)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
PYTHON
    make_package web "$1${of_target-}" "${@:3}"
    publish
}

# web_recipe HOST DEPLOY-LINES SETTINGS [RESOURCES]: what the host is to be, of a release that is $wanted_release.
web_recipe() {
    put "$1" /etc/dray/keys/internal.asc <"$world/repository.asc"
    recipe "$1" web <<TOML
[[resource]]
type = "apt_source"
name = "internal"
uri = "$repository_url"
suites = ["stable"]
components = ["main"]
signed_by = "/etc/dray/keys/internal.asc"

[[resource]]
type = "file"
name = "/etc/web.conf"
content = "$3\\n"

[[resource]]
type = "package"
name = "web"
version = "${wanted_release:-latest}"
[resource.deploy]
migrate = ["/opt/web/migrate"]
stable_for = "${stable_for:-1s}"
$2

[[resource]]
type = "unit"
name = "web.service"
content = """
[Unit]
Requires=web.socket
After=web.socket
[Service]
User=nobody
ExecStart=/usr/bin/python3 /opt/web/serve.py
MemoryMax=100M
TimeoutStopSec=3s
[Install]
WantedBy=multi-user.target
"""
[[resource]]
type = "unit"
name = "web.socket"
content = """
[Socket]
ListenStream=127.0.0.1:8000
Backlog=2048
[Install]
WantedBy=sockets.target
"""
[[resource]]
type = "service"
name = "web.socket"

[[resource]]
type = "service"
name = "web.service"
stable_for = "${stable_for:-1s}"
restart_when_changed = ["package[web]", "unit[web.service]", "file[/etc/web.conf]"]

[[resource]]
type = "http_check"
name = "http://127.0.0.1:8000/"
json = { version = "{{package.web.release}}" }
within = "4s"
gate_for = "package[web]"

${4-}
TOML
    runs "$1" web </dev/null
}

# web_says HOST: what the service answers.
web_says() {
    on "$1" curl --silent --max-time 10 http://127.0.0.1:8000/
}
