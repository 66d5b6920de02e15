"""From a tag to a published package."""
import os
import shutil

from installed import bench_bytecode, bench_installed
from repositories import Aptly, Reprepro, make_package
from side_by_side import keep, measure, report, rounds, run, wheelhouse, world


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
