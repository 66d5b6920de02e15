"""What clients see while packages are published."""
import collections
import os
import re
import shutil
import sys
import threading

from repositories import make_package, repositories
from side_by_side import keep, run, world


def new_client(url, state):
    """A client of its own, which knows nothing but this repository: the command that updates it."""
    for folder in ("lists/partial", "cache", "sources"):
        os.makedirs(f"{state}/{folder}")
    with open(f"{state}/sources/a.list", "w") as source:
        source.write(f"deb [signed-by={world}/repository.asc] {url} stable main\n")
    return ["apt-get", "-q", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={state}/sources",
            "-o", f"Dir::State::Lists={state}/lists", "-o", f"Dir::Cache={state}/cache", "-o", "APT::Sandbox::User=root",
            "-o", "Acquire::Languages=none", "update"]


def update(command, counts):
    said = run(*command, check=False).stdout
    counts["updates"] += 1
    if re.search("Hash Sum mismatch|unexpected size", said):
        counts["mismatches"] += 1
    elif re.search("^(E|W|Err)[: ]", said, re.M):
        counts["other errors"] += 1
        counts.setdefault("first other error", said[-400:])


def update_in_loop(command, stop, counts):
    while not stop.is_set():
        update(command, counts)


def bench_clients(clients, releases):
    title = f"{clients} clients that update in a loop while {releases} packages are published"
    print(f"\n{title}\n{'':28}{'updates':>9}{'mismatches':>12}{'other errors':>14}", flush=True)
    for repository in repositories("clients", 10):
        stop, counts = threading.Event(), collections.Counter()
        url = f"http://10.77.0.1/bench/{os.path.relpath(repository.public, world)}"
        state = f"{world}/client-{repository.name}"
        each = [threading.Thread(target=update_in_loop, args=(new_client(url, f"{state}-{number}"), stop, counts))
                for number in range(clients)]
        for client in each:
            client.start()
        for number in range(releases):
            package = f"{world}/asked_{number + 1}_all.deb"
            make_package(package, "asked", str(number + 1))
            run(*repository.add(package))
        stop.set()
        for client in each:
            client.join()
        seen = {name: counts[name] for name in ("updates", "mismatches", "other errors")}
        keep(title, repository.name, seen)
        print(f"{repository.name:28}{seen['updates']:9}{seen['mismatches']:12}{seen['other errors']:14}", flush=True)
        if "first other error" in counts:
            print(counts["first other error"])
        afterwards = collections.Counter()
        update(new_client(url, f"{state}-afterwards"), afterwards)
        if len(afterwards) > 1:
            sys.exit(f"{repository.name}: nobody can update any more, so the counts mean nothing")
        shutil.rmtree(repository.folder)
