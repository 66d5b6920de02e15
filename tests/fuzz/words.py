#!/usr/bin/python3
"""words.py DRAY FOLDER: whether the fuzz targets know each resource type and each key of it: the dictionary their words,
the corpus an example of each type."""
import json
import pathlib
import subprocess
import sys


def resources(dray, *arguments):
    return json.loads(subprocess.run([dray, "resources", "--output", "json", *arguments], capture_output=True,
                                     check=True).stdout)


def main(dray, folder):
    words = set(pathlib.Path(folder, "recipe.dict").read_text(encoding="utf-8").split("\n"))
    examples = [path.read_text(encoding="utf-8", errors="replace")
                for path in pathlib.Path(folder, "corpus", "recipe").iterdir()]
    missing = []
    for kind in (each["type"] for each in resources(dray)["types"]):
        if not any(f'type = "{kind}"' in text for text in examples):
            missing.append(f"corpus/recipe: an example of {kind}")
        keys = [part for key in resources(dray, kind)["keys"] for part in key["name"].split(".")]
        missing += [f'recipe.dict: "{word}"' for word in [kind] + keys if f'"{word}"' not in words]
    print(*sorted(set(missing)), sep="\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
