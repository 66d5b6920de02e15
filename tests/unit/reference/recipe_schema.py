#!/usr/bin/python3
"""recipe_schema.py DRAY SCHEMA RECIPES: judges recipes by the JSON Schema, and as `dray check` does.

The schema must never refuse what dray takes, or editors would mark a sound recipe. What a host alone can tell (missing
attributes, references, files) it cannot see; everything in BROKEN it must.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)

HEADER = '[recipe]\nname = "r"\n'


def resource(kind, name, keys=""):
    return f'[[resource]]\ntype = "{kind}"\nname = "{name}"\n{keys}\n'


def file(keys=""):
    return resource("file", "/etc/x", 'content = ""\n' + keys)


# What dray takes beside the recipes that ship.
SOUND = {
    "no resource": HEADER,
    "all of the header": '[recipe]\nname = "r"\ndescription = ""\nversion = "1.2"\nrequires_dray = ">= 0.1, < 99"\n',
    "an include with attributes": '[recipe]\nname = "r"\nincludes = [{ recipe = "other", attributes = { a = 1 } }]\n',
    "includes by name": '[recipe]\nname = "r"\nincludes = ["other"]\n',
    "attributes of all kinds": HEADER + '[attributes]\na = 1\nb = [1.5]\n[[attributes.c]]\nd = true\n'
    's = { secret = ["command", "/usr/bin/pass", "my db"] }\n',
    "numbers and modes from attributes": HEADER + '[attributes]\nm = "0600"\nn = 3\n'
    + file('mode = "{{attribute.m}}"\nbackup = "{{attribute.n}}"'),
    "lists and tables from attributes": HEADER + '[attributes]\nl = ["users"]\ne = { A = "b" }\nc = ["/bin/true"]\n'
    + resource("user", "u", 'groups = "{{attribute.l}}"')
    + resource("execute", "e", 'command = "{{attribute.c}}"\nenvironment = "{{attribute.e}}"'),
    "names from items": HEADER + resource("file", "{{item}}", 'content = ""\nfor_each = ["/etc/a", "/etc/b"]'),
    "a choice from an attribute": HEADER + '[attributes]\ns = "absent"\n' + file('state = "{{attribute.s}}"'),
    "secrets": HEADER + resource("file", "/etc/x", 'content = { secret = "file:/etc/s" }\nmode = "0600"')
    + resource("execute", "e", 'command = ["/bin/true"]\nenvironment = { P = { secret = "credential:c" } }'),
    "guards": HEADER + file('only_if = ["/bin/true", "x"]\nnot_if = { command = ["/bin/true"], read_only = true }')
    + resource("file", "/etc/y", 'content = ""\n'
               'only_if = [{ exists = "/etc/z" }, { contains = { path = "/etc/z", text = "z" } }]\n'
               'not_if = [{ installed = "nginx" }, { running = "nginx.service" }]'),
    "references": HEADER + file() + resource("service", "s.service", 'restart_when_changed = "file[/etc/x]"')
    + resource("execute", "e", 'command = ["/bin/true"]\nwhen_changed = ["file[/etc/x]"]\nat_once = true'),
    "durations": HEADER + resource("tcp_check", "127.0.0.1:1", 'within = "1h30m"\ninterval = "500ms"'),
    "one source, or several": HEADER + resource("package", "aa", 'from = "internal"')
    + resource("package", "bb", 'from = ["internal", "other"]'),
    "conditions": HEADER + file('only_on = { "fact.cores" = ">= 1" }\non_failure = "ignore"'),
    "paths": HEADER + resource("file", "/etc/..x/.y/...", 'content = ""'),
    "scalars": HEADER + resource("sysctl", "vm.swappiness", "value = 10")
    + resource("sysctl", "net.ipv4.ip_local_port_range", 'value = "1 2"'),
}

# What neither takes, and what the message is about.
BROKEN = {
    "no header": ("", "recipe"),
    "no name": ('[recipe]\ndescription = "x"\n', "name"),
    "an unknown table": (HEADER + "[attribute]\na = 1\n", "attribute"),
    "an unknown key of the header": (HEADER + 'auther = "me"\n', "auther"),
    "a version that is none": (HEADER + 'version = "new"\n', "new"),
    "a requirement that is none": (HEADER + 'requires_dray = "some"\n', "some"),
    "an include without a recipe": ('[recipe]\nname = "r"\nincludes = [{ attributes = { a = 1 } }]\n', "attributes"),
    "a resource without a type": (HEADER + '[[resource]]\nname = "x"\n', "type"),
    "a resource without a name": (HEADER + '[[resource]]\ntype = "group"\n', "name"),
    "an empty name": (HEADER + resource("group", ""), "''"),
    "an unknown type": (HEADER + resource("pakage", "x"), "pakage"),
    "an unknown key": (HEADER + file('mod = "0644"'), "mod"),
    "a key of another type": (HEADER + file('version = "1"'), "version"),
    "a required key that is missing": (HEADER + resource("execute", "e"), "command"),
    "a relative path": (HEADER + resource("file", "etc/x", 'content = ""'), "etc/x"),
    "a path with ..": (HEADER + resource("file", "/etc/../x", 'content = ""'), "/etc/../x"),
    "a path with a final slash": (HEADER + resource("directory", "/etc/x/"), "/etc/x/"),
    "a mode as a number": (HEADER + file("mode = 640"), "640"),
    "a mode with an 8": (HEADER + file('mode = "0680"'), "0680"),
    "a number that is a text": (HEADER + file('backup = "three"'), "three"),
    "a truth that is a text": (HEADER + file('sensitive = "yes"'), "yes"),
    "a choice that there is not": (HEADER + file('state = "gone"'), "gone"),
    "a duration without a unit": (HEADER + resource("tcp_check", "a:1", 'within = "30"'), "30"),
    "a list that is a text": (HEADER + resource("user", "u", 'groups = "users"'), "users"),
    "a command that is a text": (HEADER + file('validate = "/bin/true"'), "/bin/true"),
    "an unknown gate": (HEADER + resource("package", "nginx", "[resource.deploy]\nmigrat = [\"/bin/true\"]"), "migrat"),
    "a gate of another kind": (HEADER + resource("package", "nginx", "[resource.deploy]\nkeep = \"two\""), "two"),
    "an empty command": (HEADER + resource("execute", "e", "command = []"), "[]"),
    "a reference without brackets": (HEADER + file() + resource("service", "s.service",
                                     'restart_when_changed = "/etc/x"'), "/etc/x"),
    "a reference to an unknown type": (HEADER + resource("service", "s.service",
                                       'restart_when_changed = "fil[/etc/x]"'), "fil[/etc/x]"),
    "an unknown condition": (HEADER + file('only_if = { exist = "/etc/y" }'), "exist"),
    "two conditions in a table": (HEADER + file('only_if = { exists = "/y", installed = "y" }'), "installed"),
    "read_only without a command": (HEADER + file('only_if = { exists = "/y", read_only = true }'), "read_only"),
    "contains without a text": (HEADER + file('only_if = { contains = { path = "/y" } }'), "contains"),
    "a unit without a suffix": (HEADER + file('only_if = { running = "nginx" }'), "nginx"),
    "a secret that stands in the recipe": (HEADER + resource("file", "/x", 'content = { secret = "hunter2" }'),
                                           "hunter2"),
    "a secret where all can see it": (HEADER + resource("group", "g") + resource(
        "user", "u", 'comment = { secret = "file:/etc/s" }'), "secret"),
    "a way to fail that there is not": (HEADER + file('on_failure = "retry"'), "retry"),
    "resources that are no list": (HEADER + '[resource]\ntype = "group"\n', "group"),
}


class Judges:
    def __init__(self, dray, schema):
        self.dray = dray
        with open(schema, encoding="utf-8") as text:
            schema = json.load(text)
        jsonschema.Draft7Validator.check_schema(schema)
        self.validator = jsonschema.Draft7Validator(schema)
        self.failures = 0

    def schema_says(self, text):
        """All messages of the schema; none for a recipe that it takes."""
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
                for error in self.validator.iter_errors(tomllib.loads(text))]

    def dray_says(self, text):
        """What `dray check` says of a recipe that it refuses, else nothing."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (("r", text), ("other", HEADER.replace('"r"', '"other"') + "[attributes]\na = 0\n")):
                path = pathlib.Path(folder, name)
                path.mkdir()
                (path / "recipe.toml").write_text(content, encoding="utf-8")
            done = subprocess.run([self.dray, "check", "r", "--recipes", folder], capture_output=True, text=True,
                                  check=False)
        return [] if done.returncode == 0 else [done.stderr or f"exit {done.returncode}"]

    def expect(self, good, what, said):
        if not good:
            self.failures += 1
            print(f"FAILED: {what}", *said, sep="\n    ")


def main(dray, schema, recipes):
    judges = Judges(dray, schema)
    shipped = sorted(pathlib.Path(recipes).glob("*/recipe.toml"))
    judges.expect(shipped, f"no recipes in {recipes}", [])
    for path in shipped:
        said = judges.schema_says(path.read_text(encoding="utf-8"))
        judges.expect(not said, f"the schema refuses {path}", said)

    def resources(*arguments):
        return json.loads(subprocess.run([dray, "resources", "--output", "json", *arguments], capture_output=True,
                                         check=True).stdout)

    for kind in (each["type"] for each in resources()["types"]):
        said = judges.schema_says(HEADER + resources(kind)["example"])
        judges.expect(not said, f"the schema refuses the example of {kind}", said)

    for what, text in SOUND.items():
        said = judges.schema_says(text)
        judges.expect(not said, f"the schema refuses: {what}", said)
        said = judges.dray_says(text)
        judges.expect(not said, f"dray check refuses: {what}", said)

    for what, (text, about) in BROKEN.items():
        said = judges.schema_says(text)
        judges.expect(any(about in each for each in said), f"the schema says nothing of {about} in: {what}", said)
        judges.expect(judges.dray_says(text), f"dray check takes: {what}", [])

    print(f"{len(shipped)} recipes that ship, {len(SOUND)} sound and {len(BROKEN)} broken ones: "
          f"{judges.failures} failures")
    return 1 if judges.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
