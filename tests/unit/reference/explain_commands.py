#!/usr/bin/python3
"""explain_commands.py DRAY: what `dray attributes` and `dray facts` say, as commands, to people and to programs."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

DRAY = sys.argv.pop(1)
RECIPE = """[recipe]
name = "r"
[attributes]
port = 9000
name = "x"
[attributes.database]
password = { secret = "file:/etc/dray/secrets/db" }
[[resource]]
type = "file"
name = "/etc/x"
content = "{{attribute.port}} {{attribute.name}}"
"""


def dray(*arguments):
    return subprocess.run([DRAY, *arguments], capture_output=True, text=True, check=False)


class Attributes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "r", "recipe.toml")
        self.file.parent.mkdir()
        self.file.write_text(RECIPE, encoding="utf-8")
        self.folder = folder.name

    def attributes(self, *arguments):
        return dray("attributes", "r", "--recipes", self.folder, *arguments)

    def test_people_read_each_value_and_where_it_comes_from(self):
        done = self.attributes("--set", "port=9001")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        self.assertIn(f"port = 9001 # --set port, over 9000 ({self.file}:4)", lines)
        self.assertIn(f'name = "x" # {self.file}:5', lines)
        self.assertTrue(any(line.startswith("database.password = (secret from file:") for line in lines), lines)

    def test_programs_read_the_same_as_json(self):
        done = self.attributes("--set", "port=9001", "--output", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {each["name"]: each for each in json.loads(done.stdout)["attributes"]}
        self.assertEqual(found["port"]["value"], 9001)
        self.assertEqual(found["port"]["overrides"], [{"value": 9000, "where": f"{self.file}:4"}])
        self.assertTrue(found["port"]["declared"])
        self.assertEqual(found["name"]["where"], f"{self.file}:5")

    def test_a_value_of_another_kind_and_a_recipe_that_there_is_not_are_refused(self):
        done = self.attributes("--set", "port=[1]")
        self.assertEqual((done.returncode, done.stdout), (65, ""))
        self.assertIn("port", done.stderr)
        done = dray("attributes", "none", "--recipes", self.folder)
        self.assertEqual((done.returncode, done.stdout), (65, ""))
        self.assertIn("none", done.stderr)


class Facts(unittest.TestCase):
    def setUp(self):
        self.release = dict(line.rstrip().replace('"', "").split("=", 1)
                            for line in open("/etc/os-release", encoding="utf-8") if "=" in line)

    def test_people_read_each_fact_and_its_source(self):
        done = dray("facts")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        self.assertIn(f'fact.os.codename = "{self.release["VERSION_CODENAME"]}" # os-release(5)', lines)
        self.assertIn(f"fact.cores = {os.sysconf('SC_NPROCESSORS_ONLN')} # sysconf(3)", lines)
        self.assertTrue(any(line.startswith("fact.virtualization = ") for line in lines), lines)
        self.assertTrue(lines[-1].startswith("# and fact.package.NAME, the version of each of "), lines[-1])

    def test_programs_read_the_same_as_json_and_the_packages_besides(self):
        done = dray("facts", "--output", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        facts = {each["name"]: each for each in json.loads(done.stdout)["facts"]}
        self.assertEqual(facts["fact.os.id"], {"name": "fact.os.id", "value": self.release["ID"],
                                               "origin": "os-release(5)"})
        dpkg = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "dpkg"], capture_output=True, text=True,
                              check=True).stdout
        self.assertEqual(facts["fact.package.dpkg"]["value"], dpkg)
        self.assertEqual(facts["fact.package.dpkg"]["origin"], "dpkg's status")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
