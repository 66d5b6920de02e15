"""Repositories of Debian packages, each made by dray-build or by a peer."""
import io
import json
import os
import shutil
import tarfile

from side_by_side import gnupg, key, run, world


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
