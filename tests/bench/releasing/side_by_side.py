"""The world in which dray-build and its peers are measured, and what was found there.

Bytes written are what the programs gave to the kernel (proc(5), wchar), all of a command's processes together.
"""
import json
import os
import statistics
import subprocess
import sys

world, key, wheelhouse, rounds, answer = sys.argv[1:6]
rounds = int(rounds)
gnupg = f"{world}/gnupg"
environment = dict(os.environ, GNUPGHOME=gnupg, HOME=f"{world}/home", TMPDIR=world)  # who is killed cannot tidy up
results = []

# programs/cost.cpp counts the rest: of a small process an interpreter that starts it would be the peak.
MEASURED = """import json, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
io = dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())
with open(sys.argv[3]) as cost:
    costs = [float(word) for word in cost.read().split()]
json.dump([*costs, int(io["wchar"]) / 1e6], open(sys.argv[1], "w"))
sys.exit(code)
"""


def run(*command, cwd=world, check=True, **more):
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **more)
    if check and done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done


def measure(*command, cwd=world):
    """Wall clock and CPU in seconds, the largest process in MiB, MB written."""
    run(sys.executable, "-c", MEASURED, f"{world}/cost", f"{world}/cost-program", f"{world}/cost-counted", *command, cwd=cwd)
    with open(f"{world}/cost") as cost:
        return json.load(cost)


def keep(case, program, found):
    results.append({"case": case, "program": program, **found})


def report(title, runs):
    print(f"\n{title}: median of {rounds}\n{'':28}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'written MB':>12}{'ratio':>7}")
    first = None
    for name, each in runs.items():
        cost = dict(zip(("wall_s", "cpu_s", "peak_mib", "written_mb"), map(statistics.median, zip(*each))))
        first = first or cost["wall_s"]
        keep(title, name, cost)
        print(f"{name:28}{cost['wall_s']:9.3f}{cost['cpu_s']:9.3f}{cost['peak_mib']:10.1f}{cost['written_mb']:12.3f}"
              f"{cost['wall_s'] / first:7.1f}", flush=True)


def report_seconds(title, runs):
    columns = list(next(iter(runs.values()))[0])
    print(f"\n{title}: median of {min(rounds, 5)}\n{'':28}" + "".join(f"{name:>12}" for name in columns))
    for name, each in runs.items():
        cost = {column: statistics.median(one[column] for one in each) for column in columns}
        keep(title, name, cost)
        print(f"{name:28}" + "".join(f"{seconds:12.3f}" for seconds in cost.values()), flush=True)
