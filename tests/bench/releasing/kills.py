"""What is wrong after a kill at each rename and fsync of publishing."""
import contextlib
import gzip
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys

from repositories import make_package, repositories
from side_by_side import environment, keep, run, world


def consistent(public):
    """What a client would find wrong."""
    suite = f"{public}/dists/stable"
    signed = subprocess.run(["gpg", "--batch", "--quiet", "--decrypt", f"{suite}/InRelease"], env=environment,
                            capture_output=True, text=True)
    if signed.returncode != 0:
        return "InRelease cannot be verified"
    release = signed.stdout
    section = release[release.find("SHA256:"):]
    section = section[: section.find("SHA512:")] if "SHA512:" in section else section
    seen = False
    for digest, path in re.findall(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", section, re.M):
        if not os.path.exists(f"{suite}/{path}"):
            continue
        with open(f"{suite}/{path}", "rb") as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != digest:
            return f"{path} is another one"
        if path.endswith("Packages.gz"):
            seen = True
            for stanza in gzip.decompress(data).decode().split("\n\n"):
                fields = dict(re.findall(r"^(\S+): (.*)$", stanza, re.M))
                if not fields:
                    continue
                try:
                    with open(f"{public}/{fields['Filename']}", "rb") as file:
                        if hashlib.sha256(file.read()).hexdigest() != fields["SHA256"]:
                            return f"{fields['Filename']} is another one"
                except FileNotFoundError:
                    return f"{fields['Filename']} is missing"
    if os.path.exists(f"{suite}/Release") and not signed.stdout.strip() == open(f"{suite}/Release").read().strip():
        return "Release and InRelease differ"
    return None if seen else "there is no index"


def is_published(repository, command):
    """Whether that command, which was killed before, now does what it is for."""
    return run(*command, check=False, timeout=60).returncode == 0 and consistent(repository.public) is None


def repair(repository, command):
    """What somebody has to do by hand, in the order in which the manuals would have him try it: how many commands, until
    publishing works again."""
    steps = 0
    for step in repository.repairs():
        steps += 1
        run(*step, check=False)
        if is_published(repository, command):
            return steps
    sys.exit(f"{repository.name}: nobody knows how to repair this: {consistent(repository.public)}")


# By these a file gets its name, and is kept. Each is held up before it is done, so that a kill comes before it.
KILL_CALLS, KILL_WAIT = "rename,renameat,renameat2,fsync,fdatasync", 50_000  # microseconds
KILL_CALL = re.compile(rb"^(\d+) +(?:rename\w*|f(?:data)?sync)\(", re.M)


def kill_at(moment, command):
    """Kills it as the call of that number begins, counted from 1 over all its commands, processes and threads together, in
    the order in which they come: which thread does what differs each time, and so do the names of temporary files. All
    that it has started is killed with it, but for what dray-build has put into process groups of their own.

    Returns "killed", or "late" when the call was done all the same, or "ended" when the command has done fewer."""
    trace = f"{world}/trace"
    os.mkfifo(trace)
    strace = subprocess.Popen(
        ["strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", f"--output={trace}", f"--trace={KILL_CALLS}",
         f"--inject={KILL_CALLS}:delay_enter={KILL_WAIT}", "setsid", *command],
        cwd=world, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, begun, at = b"", [], None
    with open(trace, "rb", buffering=0) as pipe:
        while piece := pipe.read(1 << 16):
            seen += piece
            begun = list(KILL_CALL.finditer(seen))
            if at is None and len(begun) >= moment:
                at = begun[moment - 1]
                with contextlib.suppress(ProcessLookupError):  # it was quicker, which is late
                    os.killpg(os.getsid(int(at[1])), signal.SIGKILL)
    strace.wait()  # for all that was started
    os.unlink(trace)
    if at is None:
        if strace.returncode != 0 or not begun:
            sys.exit(f"{command} ended with {strace.returncode}, without a kill")
        return "ended"
    ended = re.compile(rb"(?m)^%b .*\) += [-0-9]" % at[1])
    return "late" if ended.search(seen, at.start()) else "killed"


def bench_kills():
    title = "killed at each rename and fsync of publishing"
    print(f"\n{title}\n{'':28}{'moments':>9}{'kills':>9}{'inconsistent':>14}{'blocked':>9}"
          f"{'manual steps':>14}", flush=True)
    package = f"{world}/killed_2_all.deb"
    make_package(package, "killed", "2")
    for repository in repositories("killed", 10):
        before = f"{repository.folder}.before"
        run("cp", "-a", repository.folder, before)  # hard links stay that, which aptly looks at
        command = repository.add(package)
        broken = blocked = steps = kills = moments = 0
        while True:
            for _ in range(5):  # when it is late
                shutil.rmtree(repository.folder)
                run("cp", "-a", before, repository.folder)
                how = kill_at(moments + 1, command)
                if how != "late":
                    break
            if how == "ended":
                break
            moments += 1
            if how == "late":
                continue
            kills += 1
            wrong = consistent(repository.public)
            broken += wrong is not None
            if not is_published(repository, command):
                blocked += 1
                steps += repair(repository, command)
        keep(title, repository.name, {"moments": moments, "kills": kills, "inconsistent": broken, "blocked": blocked,
                                      "manual_steps": steps})
        print(f"{repository.name:28}{moments:9}{kills:9}{broken:14}{blocked:9}{steps:14}", flush=True)
        shutil.rmtree(before)
