"""Runs the given commands several times over, and says what each cost.

usage: measure.py CASE ROUNDS JSON-FILE < groups
`groups` is a JSON list of groups, which are measured one after the other. Those of a group take turns, ROUNDS times, and
for as much longer as makes three seconds: what is over in milliseconds is measured the more often. A group is an object
of name to argument list, or to {"command": […], "before": […]} when another command has to run before each measurement,
which is not measured. The table has medians, and each one's wall clock as a multiple of the first's; the file gets a list
of {"case", "program", "wall_s", "cpu_s", "peak_mib"}. Processor time includes that of units which systemd ran meanwhile,
dray-apt for example; the peak is that of the largest process.
"""
import json
import os
import statistics
import subprocess
import sys
import time

COST = "/usr/local/bin/cost"  # programs/cost.cpp
FIELDS = ("wall_s", "cpu_s", "peak_mib")
AT_LEAST = 3  # seconds


def reaped_by_systemd():
    with open("/proc/1/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def succeed(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")


def measure(command):
    if isinstance(command, dict):
        succeed(command["before"])
        command = command["command"]
    units = reaped_by_systemd()
    succeed([COST, "/tmp/cost", *command])
    with open("/tmp/cost") as cost:
        wall, cpu, peak = map(float, cost.read().split())
    return wall, cpu + reaped_by_systemd() - units, peak


def take_turns(commands, rounds):
    runs = {name: [] for name in commands}

    def each_once():
        return {name: measure(command) for name, command in commands.items()}

    each_once()  # finds cold caches
    end = time.monotonic() + AT_LEAST
    while len(next(iter(runs.values()))) < rounds or time.monotonic() < end:
        for name, cost in each_once().items():
            runs[name].append(cost)
    return runs


def table(case, found, runs):
    width = max(len(case), *map(len, runs)) + 2
    print(f"\n{case:{width}}{'wall s':>9}{'CPU s':>9}{'peak MiB':>10}{'ratio':>8}  median of")
    for each in found:
        ratio = each["wall_s"] / found[0]["wall_s"]
        print(f"{each['program']:{width}}{each['wall_s']:9.4f}{each['cpu_s']:9.4f}{each['peak_mib']:10.1f}{ratio:8.2f}"
              f"{len(runs[each['program']]):11}", flush=True)


def main():
    case, rounds, answer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    runs = {}
    for group in json.load(sys.stdin):
        runs |= take_turns(group, rounds)
    found = [{"case": case, "program": name, **dict(zip(FIELDS, map(statistics.median, zip(*each))))}
             for name, each in runs.items()]
    table(case, found, runs)
    with open(answer, "w") as file:
        json.dump(found, file, indent=2)


main()
