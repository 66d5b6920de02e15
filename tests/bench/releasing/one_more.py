"""One more package in a repository that has many."""
import shutil
import time

from repositories import make_package, repositories
from side_by_side import measure, report, rounds, world


def bench_one_more(size):
    made = repositories(str(size), size)
    runs = {repository.name: [] for repository in made}
    for round in range(rounds):
        time.sleep(1.1)  # what is released is not released twice a second
        for repository in made:
            package = f"{world}/new_{round + 2}_all.deb"
            make_package(package, "new", str(round + 2))
            runs[repository.name].append(measure(*repository.add(package)))
    report(f"one more package beside {size}", runs)
    for repository in made:
        shutil.rmtree(repository.folder)
