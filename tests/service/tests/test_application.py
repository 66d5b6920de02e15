"""What the application answers, with a store held in memory."""
import json
import unittest

from warehouse.application import Application, StoreDown


class Projects:
    def __init__(self, names=(), down=""):
        self.names, self.down = list(names), down

    def projects(self):
        if self.down:
            raise StoreDown(self.down)
        return self.names

    def revision(self):
        self.projects()
        return "0001"


def get(store, path, method="GET"):
    """Status, headers and body of one request."""
    seen = []
    application = Application("26.11.3", store, lambda version, names: f"{version}: {', '.join(names)}")
    body = b"".join(application({"REQUEST_METHOD": method, "PATH_INFO": path},
                                lambda status, headers: seen.extend((status, dict(headers)))))
    return seen[0], seen[1], body.decode()


class Answers(unittest.TestCase):
    def test_health_reports_the_version_and_the_database(self):
        status, headers, body = get(Projects(), "/_health")
        self.assertEqual(status, "200 OK")
        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        self.assertEqual(json.loads(body), {"version": "26.11.3", "database": "ok", "schema": "0001"})

    def test_health_is_503_with_the_reason_when_the_database_is_down(self):
        status, _, body = get(Projects(down="connection refused"), "/_health")
        self.assertEqual(status, "503 Service Unavailable")
        self.assertEqual(json.loads(body), {"version": "26.11.3", "database": "connection refused"})

    def test_the_page_lists_the_projects(self):
        status, headers, body = get(Projects(["dray", "pip"]), "/")
        self.assertEqual((status, body), ("200 OK", "26.11.3: dray, pip"))
        self.assertEqual(headers["Content-Length"], str(len(body)))

    def test_the_page_is_503_when_the_database_is_down(self):
        self.assertEqual(get(Projects(down="gone"), "/")[0], "503 Service Unavailable")

    def test_other_paths_and_methods_are_refused(self):
        self.assertEqual(get(Projects(), "/nothing")[0], "404 Not Found")
        self.assertEqual(get(Projects(), "/", "POST")[0], "405 Method Not Allowed")


if __name__ == "__main__":
    unittest.main()
