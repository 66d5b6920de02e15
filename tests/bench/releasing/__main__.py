"""Measures dray-build and its peers side by side, in a world of the system tests.

usage: releasing WORLD FINGERPRINT WHEELHOUSE ROUNDS JSON-FILE, with PARTS, SIZES, CLIENTS and RELEASES in the environment
"""
import json
import os

from clients import bench_clients
from kills import bench_kills
from one_more import bench_one_more
from release import bench_release
from side_by_side import answer, results

parts = os.environ["PARTS"].split()
if "release" in parts:
    bench_release()
if "more" in parts:
    for size in os.environ["SIZES"].split():
        bench_one_more(int(size))
if "kills" in parts:
    bench_kills()
if "clients" in parts:
    bench_clients(int(os.environ["CLIENTS"]), int(os.environ["RELEASES"]))
if answer:
    with open(answer, "w") as file:
        json.dump(results, file, indent=2)
