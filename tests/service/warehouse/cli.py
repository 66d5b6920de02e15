"""The `warehouse` command: migrations and projects."""
import argparse
import json
import sys
from importlib import metadata

from warehouse import config
from warehouse.application import StoreDown


def main(arguments=None):
    try:
        return run(parser().parse_args(arguments))
    except (config.ConfigError, OSError, StoreDown) as error:
        print(f"warehouse: {error}", file=sys.stderr)
        return 1


def parser():
    top = argparse.ArgumentParser(prog="warehouse")
    top.add_argument("--version", action="version", version=metadata.version("warehouse"))
    subjects = top.add_subparsers(dest="subject", required=True)
    database = subjects.add_parser("db").add_subparsers(dest="verb", required=True)
    for verb in ("upgrade", "downgrade"):
        database.add_parser(verb).add_argument("revision")
    database.add_parser("current")
    subjects.add_parser("settings", help="print what the settings file holds besides the database")
    project = subjects.add_parser("project").add_subparsers(dest="verb", required=True)
    project.add_parser("add").add_argument("name")
    project.add_parser("list")
    return top


def run(options):
    # Loaded late: --help and --version need neither a database driver nor a settings file.
    if options.subject == "settings":
        json.dump(config.load().sections, sys.stdout)
        return 0
    from warehouse.store import Store, engine_for
    engine = engine_for(config.load())
    if options.subject == "db":
        from warehouse import migrations
        if options.verb == "current":
            print(Store(engine).revision())
        else:
            migrations.move(engine, options.verb, options.revision)
    elif options.verb == "add":
        Store(engine).add(options.name)
    else:
        print(*Store(engine).projects(), sep="\n")
    return 0
