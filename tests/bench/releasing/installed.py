"""What a package costs its hosts: its installation, and the service's first answer."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from side_by_side import measure, report_seconds, rounds, run, world


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
