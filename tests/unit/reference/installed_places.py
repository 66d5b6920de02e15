#!/usr/bin/python3
"""installed_places.py DRAY MESON BUILD: the agent looks for recipes, and for their schema, where `meson install` puts them."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(3)
MESON = sys.argv.pop(2)
DRAY = sys.argv.pop(1)
INTROSPECTED = subprocess.run([MESON, "introspect", "--installed", BUILD], capture_output=True, text=True, check=True)
INSTALLED = {pathlib.Path(source).name: pathlib.Path(place) for source, place in json.loads(INTROSPECTED.stdout).items()}


class Places(unittest.TestCase):
    def test_recipes(self):
        asked = subprocess.run([DRAY, "check", "--elsewhere", "nowhere"], capture_output=True, text=True, check=False)
        self.assertIn(f"there is none in {INSTALLED['warehouse'].parent}\n", asked.stderr)

    def test_schema(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([DRAY, "new", "site", "--recipes", folder], capture_output=True, check=True)
            first = pathlib.Path(folder, "site", "recipe.toml").read_text(encoding="utf-8").splitlines()[0]
        self.assertEqual(first, f"#:schema {INSTALLED['recipe.schema.json']}")


unittest.main()
