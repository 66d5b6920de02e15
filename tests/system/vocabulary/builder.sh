# Build hosts that are looked at from close up: a small service that is built in seconds, and whether what is
# published fits together.

# small_service [flit]: a service of one module without dependencies, in $world/laptop with its bare repository
# $world/small.git. It is built by setuptools, or where that is not what is tested by flit, in a quarter of the time.
small_service() {
    git config --global user.name 'A Developer'
    git config --global user.email developer@example.org
    git config --global init.defaultBranch master
    mkdir -p "$world/laptop"
    cat >"$world/laptop/pyproject.toml" <<'TOML'
[build-system]
requires = ["setuptools", "wheel"]
build-backend = "setuptools.build_meta"

[project]
name = "small"
version = "0"

[project.scripts]
small = "small:main"

[tool.setuptools]
py-modules = ["small"]
TOML
    [[ ${1-} != flit ]] || sed -i -e 's/^requires.*/requires = ["flit_core"]/' \
        -e 's/^build-backend.*/build-backend = "flit_core.buildapi"/' \
        -e '/^name/a description = "a service"\nrequires-python = ">=3.9"' -e '/^\[tool/,$d' "$world/laptop/pyproject.toml"
    cat >"$world/laptop/small.py" <<'PYTHON'
"""The whole service."""


def main():
    print("small")
PYTHON
    touch "$world/laptop/requirements.txt"
    cat >"$world/laptop/dray-build.toml" <<TOML
[service]
name = "small"

[deb]
package = "small"
prefix = "/opt/$(basename "$world")"
maintainer = "A Team <team@example.org>"
description = "a service of one module"
lintian = false
TOML
    git init --quiet --bare "$world/small.git"
    on_laptop git init --quiet
    on_laptop git remote add origin "$world/small.git"
    on_laptop git add --all
    on_laptop git commit --quiet -m 'Begin'
    on_laptop git push --quiet origin HEAD:refs/heads/master
}

# build_settings NAME: the settings of a build host of that name, $world/NAME.toml. All publish to one place.
build_settings() {
    mkdir -p "$world"/{apt,index}
    cat >"$world/$1.toml" <<CONF
[host]
state = "$world/state-$1"
retry_after = "1s"

[python]
wheelhouses = ["$DRAY_TEST_WHEELHOUSE"]

[publish]
index = "$world/index"
apt = "$world/apt"
signing_key = "$repository_fingerprint"
gnupg_home = "$world/gnupg"
CONF
}

# for_pypy NAME: the build host of that name builds for PyPy.
for_pypy() {
    local wheels=$world/wheels-for-pypy
    mkdir "$wheels"
    cp "$DRAY_TEST_WHEELHOUSE"/*.whl "$wheels"
    # Debian's own wheel of setuptools has in it what an older Python than Debian's needs beside it; PyPy is one.
    rm "$wheels"/setuptools-*
    cp /usr/share/python-wheels/setuptools-* "$wheels"
    sed -i "s|$DRAY_TEST_WHEELHOUSE|$wheels|" "$world/$1.toml"
    sed -i '/^\[python\]/a interpreter = "/usr/bin/pypy3"' "$world/$1.toml"
}

# lock FILE…: the lines of a lock for these wheels and sdists.
lock() {
    local file
    for file in "$@"; do
        [[ $(basename "$file") =~ ^([^-]+)-([0-9.]+)(-|\.tar) ]] || unexpected "$file has no version"
        echo "${BASH_REMATCH[1]}==${BASH_REMATCH[2]} --hash=sha256:$(sha256sum "$file" | cut -d ' ' -f 1)"
    done
}

# signs_by_command NAME: from now on the build host of that name signs by a command of its own, $world/sign, which has what
# it is asked for in $world/asked-to-sign.
signs_by_command() {
    printf '#!/bin/sh -e\necho "$1" >>%s\nexec gpg --homedir %s --batch --no-tty --quiet --armor --local-user %s "--$1"\n' \
        "$world/asked-to-sign" "$world/gnupg" "$repository_fingerprint" >"$world/sign"
    chmod +x "$world/sign"
    sed -i "/^gnupg_home/a signing_command = [\"$world/sign\"]" "$world/$1.toml"
}

# commit MESSAGE: one more commit on the remote's master; prints its hash.
commit() {
    on_laptop git commit --quiet --allow-empty -m "$1"
    on_laptop git push --quiet origin HEAD:refs/heads/master
    on_laptop git rev-parse HEAD
}

# dray_build NAME VERB…: on the build host of that name, with the small service's repository.
dray_build() {
    dray-build "$2" --repository "$world/small.git" --config "$world/$1.toml" "${@:3}"
}

# What is published fits together: every signature, hash and size, and every file that some index lists. Prints what
# is visible: "index VERSION…", "apt VERSION…", "tags VERSION…".
published_versions() {
    /usr/bin/python3 "$tests/system/published" "$world/index" "$world/apt" "$world/small.git" "$world/gnupg"
}

# expect_byte_code HOST PREFIX: the environment on the host has byte code of each source, which is never checked against it.
# What the interpreter writes when it is run as root is checked (PEP 552).
expect_byte_code() {
    run 'sources with byte code of another text, or none' on "$1" "$2/bin/python" -I -c '
import importlib.util, pathlib, sysconfig
for source in pathlib.Path(sysconfig.get_path("purelib")).rglob("*.py"):
    header = importlib.util.MAGIC_NUMBER + b"\x01\0\0\0" + importlib.util.source_hash(source.read_bytes())
    if pathlib.Path(importlib.util.cache_from_source(source)).read_bytes()[:16] != header:
        print(source)'
    expect_exit 0
    expect_equal 'such sources' '' "$output"
}

# watch_words FILE: from now on every process is noted that has among its words what the file holds.
watch_words() {
    local one
    /usr/bin/python3 "$tests/system/vocabulary/seen_words.py" "$world/seen-words" <"$1" >"$world/logs/seen-words" 2>&1 {story}>&- &
    words_watcher=$!
    /usr/bin/python3 -c 'import signal; signal.pause()' "$(<"$1")" {story}>&- &
    one=$!
    await 'a process that has it is seen' test -s "$world/seen-words"
    kill "$one"
    wait "$one" || true
    rm "$world/seen-words"
}

# no_words_seen: no process has had it since then, and they are still looked at.
no_words_seen() {
    rm "$world/seen-words.looks"
    await 'all processes are looked at' test -e "$world/seen-words.looks"
    kill "$words_watcher"
    wait "$words_watcher" || true
    expect_equal 'processes that had it' '' "$(cat "$world/seen-words" 2>"$world/await" || :)"
}
