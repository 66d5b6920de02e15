"""Measures dray-build and its peers side by side, in a world of the system tests.

usage: builder.py WORLD FINGERPRINT WHEELHOUSE ROUNDS JSON-FILE
Bytes written are what the programs gave to the kernel (proc(5), wchar), all of a command's processes together.
"""
import collections
import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import threading
import time

world, key, wheelhouse, rounds, answer = sys.argv[1:6]
rounds = int(rounds)
gnupg = f"{world}/gnupg"
environment = dict(os.environ, GNUPGHOME=gnupg, HOME=f"{world}/home", TMPDIR=world)  # who is killed cannot tidy up
sizes = [int(size) for size in os.environ["SIZES"].split()]
clients, releases = int(os.environ["CLIENTS"]), int(os.environ["RELEASES"])
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


def tar(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return raw.getvalue()


def make_package(path, name, version):
    """A small package, by ar(5) alone: dpkg-deb would take minutes for thousands."""
    text = "".join(f" Line {line} of what {name} says of itself, as long as such lines are.\n" for line in range(5))
    control = (f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.org>\n"
               f"Installed-Size: 12\nDepends: python3, libc6 (>= 2.34)\nSection: misc\nPriority: optional\n"
               f"Description: package {name}\n{text}").encode()
    members = {"debian-binary": b"2.0\n", "control.tar.gz": tar({"./control": control}),
               "data.tar.gz": tar({f"./usr/share/doc/{name}/x": name.encode() * 50})}
    with open(path, "wb") as package:
        package.write(b"!<arch>\n")
        for member, data in members.items():
            package.write(f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data)
            package.write(b"\n" * (len(data) % 2))


class Dray:
    name = "dray-build"

    def __init__(self, folder):
        self.public = self.folder = folder
        os.makedirs(folder)
        with open(f"{folder}.toml", "w") as settings:
            settings.write(f'[publish]\napt = "{folder}"\nsigning_key = "{key}"\ngnupg_home = "{gnupg}"\n')

    def add(self, *packages):
        return ["dray-build", "add", "--config", f"{self.folder}.toml", *packages]

    def repairs(self):
        return []


class Reprepro:
    name = "reprepro"

    def __init__(self, folder):
        self.public = self.folder = folder
        os.makedirs(f"{folder}/conf")
        with open(f"{folder}/conf/distributions", "w") as settings:
            settings.write(f"Codename: stable\nSuite: stable\nArchitectures: amd64\nComponents: main\nSignWith: {key}\n")

    def add(self, *packages):
        return ["reprepro", "--silent", "-b", self.folder, "includedeb", "stable", *packages]

    def repairs(self):
        reprepro = ["reprepro", "--silent", "-b", self.folder]
        return [["rm", "-f", f"{self.folder}/db/lockfile"], [*reprepro, "export"], [*reprepro, "rereference"],
                [*reprepro, "remove", "stable", "killed"], [*reprepro, "deleteunreferenced"]]


class Aptly:
    name = "aptly"

    def __init__(self, folder):
        self.folder, self.public, self.published = folder, f"{folder}/public", False
        os.makedirs(folder)
        with open(f"{folder}.conf", "w") as settings:
            json.dump({"rootDir": folder, "architectures": ["amd64"], "gpgProvider": "gpg"}, settings)
        run("aptly", f"-config={folder}.conf", "repo", "create", "-distribution=stable", "-component=main", "all")

    def add(self, *packages):
        aptly = f"aptly -config={self.folder}.conf"
        publish = "publish update" if self.published else "publish repo"
        target = "stable" if self.published else "all"
        self.published = True
        return ["sh", "-ec", f'{aptly} repo add all "$@" >/dev/null; {aptly} {publish} -batch -gpg-key={key} {target} >/dev/null',
                "sh", *packages]

    def repairs(self):
        aptly = ["aptly", f"-config={self.folder}.conf"]
        return [[*aptly, "db", "recover"], [*aptly, "repo", "remove", "all", "killed"],
                [*aptly, "publish", "update", "-batch", f"-gpg-key={key}", "-force-overwrite", "stable"],
                [*aptly, "publish", "drop", "-force-drop", "stable"],
                [*aptly, "publish", "repo", "-batch", f"-gpg-key={key}", "all"]]


def repositories(suffix, size):
    """One of each kind, with that many packages."""
    folder = f"{world}/packages-{suffix}"
    os.makedirs(folder)
    for number in range(size):
        make_package(f"{folder}/package{number:05}_1_all.deb", f"package{number:05}", "1")
    made = []
    for kind in (Dray, Aptly, Reprepro):
        repository = kind(f"{world}/repository-{kind.name}-{suffix}")
        packages = sorted(f"{folder}/{name}" for name in os.listdir(folder))
        run(*repository.add(*packages))
        made.append(repository)
    shutil.rmtree(folder)
    return made


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


def bench_kills():
    calls, title = "rename,renameat,renameat2,fsync", "killed at each rename and fsync of publishing"
    print(f"\n{title}\n{'':28}{'kills':>9}{'inconsistent':>14}{'blocked':>9}"
          f"{'manual steps':>14}", flush=True)
    package = f"{world}/killed_2_all.deb"
    make_package(package, "killed", "2")
    for repository in repositories("killed", 10):
        before = f"{repository.folder}.before"
        run("cp", "-a", repository.folder, before)  # hard links stay that, which aptly looks at
        command = repository.add(package)
        run("strace", "-f", "-qq", "-o", f"{world}/trace", f"--trace={calls}", *command)
        with open(f"{world}/trace") as trace:
            moments = len(re.findall(r"^\d+ +(?:rename\w*|fsync)\(", trace.read(), re.M))
        broken = blocked = steps = kills = 0
        for moment in range(1, moments + 1):
            shutil.rmtree(repository.folder)
            run("cp", "-a", before, repository.folder)
            # strace counts each process by itself; the publishing programs do their renames in one.
            run("strace", "-f", "-qq", "-o", f"{world}/trace", f"--inject={calls}:signal=KILL:when={moment}", *command,
                check=False)
            with open(f"{world}/trace") as trace:
                if "killed by SIGKILL" not in trace.read():
                    continue
            kills += 1
            time.sleep(0.05)
            wrong = consistent(repository.public)
            broken += wrong is not None
            if not is_published(repository, command):
                blocked += 1
                steps += repair(repository, command)
        keep(title, repository.name, {"kills": kills, "inconsistent": broken, "blocked": blocked, "manual_steps": steps})
        print(f"{repository.name:28}{kills:9}{broken:14}{blocked:9}{steps:14}", flush=True)
        shutil.rmtree(before)


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


def bench_clients():
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


def prepare_dh_virtualenv(folder):
    shutil.copytree(f"{world}/laptop", folder)
    os.makedirs(f"{folder}/debian")
    files = {
        "control": "Source: warehouse\nMaintainer: A <a@example.org>\nSection: python\nPriority: optional\n"
                   "Standards-Version: 4.6.2\nBuild-Depends: debhelper-compat (= 13), dh-virtualenv\n\n"
                   "Package: warehouse\nArchitecture: any\nDepends: ${shlibs:Depends}, ${misc:Depends}, python3\n"
                   "Description: a package index\n It is small.\n",
        "changelog": "warehouse (26.1.1) stable; urgency=medium\n\n  * A release.\n\n"
                     " -- A <a@example.org>  Mon, 23 Nov 2026 18:45:05 +0000\n",
        "rules": "#!/usr/bin/make -f\nexport DH_VIRTUALENV_INSTALL_ROOT=/opt\n%:\n\tdh $@ --with python-virtualenv\n"
                 "override_dh_virtualenv:\n\tdh_virtualenv --builtin-venv --python /usr/bin/python3 "
                 f"--extra-pip-arg --no-index --extra-pip-arg --find-links={wheelhouse} --preinstall wheel\n"
                 "override_dh_strip override_dh_dwz override_dh_auto_build override_dh_auto_test override_dh_auto_install:\n"
                 "override_dh_shlibdeps:\n\tdh_shlibdeps -- --ignore-missing-info\n",
    }
    for name, text in files.items():
        with open(f"{folder}/debian/{name}", "w") as file:
            file.write(text)
    os.chmod(f"{folder}/debian/rules", 0o755)


def bench_release():
    """From a tag to a published package. lintian runs for nobody."""
    runs = {name: [] for name in ("dray-build, cold", "dray-build, same lock", "dh-virtualenv + aptly",
                                  "dh-virtualenv + reprepro")}
    sizes_of, packages = {}, {}
    aptly, reprepro = Aptly(f"{world}/release-aptly"), Reprepro(f"{world}/release-reprepro")
    for repository in (aptly, reprepro):
        package = f"{world}/first_1_all.deb"
        make_package(package, "first", "1")
        run(*repository.add(package))

    def release():
        run("git", "commit", "--quiet", "--allow-empty", "-m", "Another", cwd=f"{world}/laptop")
        run("git", "push", "--quiet", "origin", "HEAD:refs/heads/topic", cwd=f"{world}/laptop")
        return measure("dray-build", "release", "--repository", f"{world}/warehouse.git", "--config", f"{world}/build.toml",
                       "--commit", "topic")

    for round in range(min(rounds, 5)):
        shutil.rmtree(f"{world}/state", ignore_errors=True)
        runs["dray-build, cold"].append(release())
        runs["dray-build, same lock"].append(release())
        for repository in (aptly, reprepro):
            folder = f"{world}/dh/warehouse"
            shutil.rmtree(f"{world}/dh", ignore_errors=True)
            prepare_dh_virtualenv(folder)
            with open(f"{folder}/debian/changelog", "r+") as changelog:
                text = changelog.read().replace("26.1.1", f"26.1.{round + 2}")
                changelog.seek(0)
                changelog.write(text)
            publish = " ".join(f"'{word}'" for word in repository.add(f"{world}/dh/warehouse_26.1.{round + 2}_amd64.deb"))
            runs[f"dh-virtualenv + {repository.name}"].append(
                measure("sh", "-ec", f"dpkg-buildpackage -b -us -uc >{world}/logs/dh 2>&1; {publish}", cwd=folder))
            sizes_of["dh-virtualenv"] = os.path.getsize(f"{world}/dh/warehouse_26.1.{round + 2}_amd64.deb")
        packages["dh-virtualenv"] = f"{world}/dh-virtualenv.deb"
        shutil.copy(f"{world}/dh/warehouse_26.1.{round + 2}_amd64.deb", packages["dh-virtualenv"])
    pool = f"{world}/apt/pool/main/w/warehouse"
    debs = sorted((name for name in os.listdir(pool) if name.endswith(".deb")), key=lambda name: len(name) * "~" + name)
    packages["dray-build"] = f"{pool}/{debs[-1]}"
    sizes_of["dray-build"] = os.path.getsize(packages["dray-build"])
    report("from a tag to a published package", runs)
    print("size of the package, MB: " + ", ".join(f"{name} {size / 1e6:.2f}" for name, size in sizes_of.items()))
    for name, size in sizes_of.items():
        keep("size of the package", name, {"bytes": size})
    bench_installed(packages)
    bench_bytecode(f"{pool}/{name}" for name in debs[-2:])


def first_answer(root):
    """Seconds from the start of the service to its first answer; a page that it does not have needs no database."""
    begin = time.monotonic()
    service = subprocess.Popen(["/usr/sbin/chroot", "--userspec=nobody:nogroup", root, "/opt/warehouse/bin/gunicorn", "--bind",
                                "127.0.0.1:9000", "warehouse.wsgi:application"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"})
    try:
        while time.monotonic() < begin + 60:
            try:
                with socket.create_connection(("127.0.0.1", 9000), timeout=60) as client:
                    client.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
                    if b" 404 " in client.recv(64):
                        return time.monotonic() - begin
                    sys.exit("the service answers something else")
            except ConnectionRefusedError:
                time.sleep(0.002)
        sys.exit("the service does not start")
    finally:
        service.terminate()
        service.wait()


@contextlib.contextmanager
def fresh_root():
    """The root tree of a host without the service, as a copy that vanishes."""
    folder = f"{world}/installed"
    for part in ("root", "upper", "work"):
        os.makedirs(f"{folder}/{part}")
    root = f"{folder}/root"
    run("mount", "-t", "overlay", "overlay", root, "-o",
        f"lowerdir={os.environ['DRAY_TEST_TREE']},upperdir={folder}/upper,workdir={folder}/work")
    os.makedirs(f"{root}/etc/warehouse", exist_ok=True)
    with open(f"{root}/etc/warehouse/config.toml", "w") as settings:
        settings.write('[database]\nurl = "postgresql://nobody@127.0.0.1/nothing"\n')
    yield root
    run("umount", root)
    shutil.rmtree(folder)


def install(root, package):
    """Seconds that dpkg --install takes there."""
    shutil.copy(package, f"{root}/service.deb")
    return measure("chroot", root, "dpkg", "--install", "/service.deb")[0]


def report_seconds(title, runs):
    columns = list(next(iter(runs.values()))[0])
    print(f"\n{title}: median of {min(rounds, 5)}\n{'':28}" + "".join(f"{name:>12}" for name in columns))
    for name, each in runs.items():
        cost = {column: statistics.median(one[column] for one in each) for column in columns}
        keep(title, name, cost)
        print(f"{name:28}" + "".join(f"{seconds:12.3f}" for seconds in cost.values()), flush=True)


def bench_installed(packages):
    """What a package costs its hosts: dpkg --install, and the service's first start and the next."""
    runs = {name: [] for name in sorted(packages, reverse=True)}
    for round in range(min(rounds, 5)):
        for name, package in packages.items():
            with fresh_root() as root:
                runs[name].append({"install_s": install(root, package), "first_s": first_answer(root),
                                   "next_s": first_answer(root)})
    report_seconds("an installation, and starts up to the first answer", runs)


def bench_bytecode(packages):
    """Where byte code may come from: postinst makes it, the package brings it, or whoever imports a file first cannot
    keep it, as services do not write into their own code. Two releases of the same lock."""
    variants = {"compiled by postinst": [], "in the package": [], "none": []}
    for number, package in enumerate(packages):
        for name, made in variants.items():
            tree, file = f"{world}/variant", f"{world}/variant-{len(made)}-{len(name)}.deb"
            run("dpkg-deb", "--raw-extract", package, tree)
            if name != "compiled by postinst":
                with open(f"{tree}/DEBIAN/postinst", "r+") as script:
                    text = re.sub(r"^ .*<<'END'.*?^END$", "    :", script.read(), flags=re.M | re.S)
                    script.seek(0)
                    script.truncate()
                    script.write(text)
            if name == "in the package":
                run("python3", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash", "-s", tree, "-p", "/",
                    f"{tree}/opt/warehouse/lib")
            run("dpkg-deb", "--root-owner-group", "-Zzstd", "--build", tree, file)
            shutil.rmtree(tree)
            made.append(file)
    runs = {name: [] for name in variants}
    for round in range(min(rounds, 5)):
        for name, (old, new) in variants.items():
            with fresh_root() as root:
                cost = {"size_mb": os.path.getsize(new) / 1e6, "install_s": install(root, old)}
                runs[name].append({**cost, "upgrade_s": install(root, new), "first_s": first_answer(root)})
    report_seconds("where byte code comes from", runs)


parts = os.environ["PARTS"].split()
if "release" in parts:
    bench_release()
if "more" in parts:
    for size in sizes:
        bench_one_more(size)
if "kills" in parts:
    bench_kills()
if "clients" in parts:
    bench_clients()
if answer:
    with open(answer, "w") as file:
        json.dump(results, file, indent=2)
