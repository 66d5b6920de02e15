"""Runs each of the given commands in turn, several times over, and says what it cost.

usage: measure.py ROUNDS JSON-FILE < commands, a JSON object of name to argument list.
Processor time includes that of units which systemd ran meanwhile, dray-apt for example.
"""
import json
import os
import statistics
import subprocess
import sys
import time


def reaped_by_systemd():
    fields = open("/proc/1/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def measure(command):
    # time(1) is small: what starts a process counts in the process's own peak of memory.
    wrapped = ["/usr/bin/time", "--quiet", "--format=%U %S %M", "--output=/tmp/cost", *command]
    units, begin = reaped_by_systemd(), time.monotonic()
    done = subprocess.run(wrapped, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wall = time.monotonic() - begin
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout}")
    user, system, peak = open("/tmp/cost").read().split()
    cpu = float(user) + float(system) + reaped_by_systemd() - units
    return wall, cpu, int(peak) / 1024


def main():
    rounds, answer = int(sys.argv[1]), sys.argv[2]
    commands = json.load(sys.stdin)
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    found = {
        name: dict(zip(("wall_s", "cpu_s", "peak_mib"), map(statistics.median, zip(*each))))
        for name, each in runs.items()
    }
    first = next(iter(found.values()))["wall_s"]
    print(f"{'median of ' + str(rounds):18} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'ratio':>7}")
    for name, cost in found.items():
        cost["ratio"] = cost["wall_s"] / first
        print(f"{name:18} {cost['wall_s']:8.3f} {cost['cpu_s']:8.3f} {cost['peak_mib']:9.1f} {cost['ratio']:7.1f}")
    with open(answer, "w") as file:
        json.dump({"rounds": rounds, "commands": found}, file, indent=2)


main()
