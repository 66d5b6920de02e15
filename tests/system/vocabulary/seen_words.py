"""Looks at the words of all processes, again and again, for a secret, which comes on its standard input.

    seen_words.py FILE

Each process that has it among its words gets a line in FILE, once. FILE.looks counts the looks.
"""
import os
import sys
import time

found = sys.argv[1]
secret = sys.stdin.buffer.read().strip()
seen = set()
looks = 0
while True:
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read()
        except OSError:
            continue  # it has ended
        if secret in words and (process, words) not in seen:
            seen.add((process, words))
            with open(found, "ab") as file:
                file.write(words.replace(b"\0", b" ") + b"\n")
    looks += 1
    with open(found + ".looks.new", "w") as file:
        file.write(f"{looks}\n")
    os.rename(found + ".looks.new", found + ".looks")
    time.sleep(0.02)
