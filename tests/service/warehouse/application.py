"""The WSGI application (PEP 3333), free of what it is connected to: a store of projects and a page."""
import json


class StoreDown(Exception):
    """The database does not answer."""


class Application:
    """Answers `/` and `/_health`.

    `store` has `revision()` and `projects()`, both raising StoreDown; `render(version, projects)` makes the page,
    and `policy` is its Content-Security-Policy, if any.
    """

    def __init__(self, version, store, render, policy=""):
        self.version = version
        self.policy = policy
        self.store = store
        self.render = render

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._answer(start_response, "405 Method Not Allowed", "text/plain", "only GET and HEAD\n")
        routes = {"/": self._index, "/_health": self._health}
        route = routes.get(environ.get("PATH_INFO") or "/")
        if route is None:
            return self._answer(start_response, "404 Not Found", "text/plain", "not found\n")
        return self._answer(start_response, *route())

    def _index(self):
        try:
            return "200 OK", "text/html", self.render(self.version, self.store.projects())
        except StoreDown as error:
            return "503 Service Unavailable", "text/plain", f"the database does not answer: {error}\n"

    def _health(self):
        answer = {"version": self.version, "database": "ok"}
        try:
            answer["schema"] = self.store.revision()
        except StoreDown as error:
            answer["database"] = str(error)
            return "503 Service Unavailable", "application/json", json.dumps(answer)
        return "200 OK", "application/json", json.dumps(answer)

    def _answer(self, start_response, status, kind, text):
        body = text.encode("utf-8")
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
        if self.policy:
            headers.append(("Content-Security-Policy", self.policy))
        start_response(status, headers)
        return [body]
