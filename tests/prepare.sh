# What tests/run and tests/demo do before anything can be tested: install what is missing, build, and make the
# cached things that the booted machines consist of. Sourced.
checkout=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
cache=${DRAY_TEST_CACHE:-${XDG_CACHE_HOME:-/var/cache}/dray-tests}

# What programs print, and a comma or point in $EPOCHREALTIME, is read here.
export LC_ALL=C.UTF-8

# Makes the packages of dray, see there.
packages=$checkout/tests/system/prepare/packages
. "$checkout/tests/compile-alike.sh"

# The compiler's first place on PATH, and an interpreter that happens to be in front, are not this project's business.
PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Beside the Build-Depends in debian/control: what builds, releases, boots and serves.
tools="bc build-essential ccache debhelper dpkg-dev git meson ninja-build"
system_tools="apt-utils aptly curl e2fsprogs gnupg iproute2 jq libpq5 mmdebstrap nginx-light openssl procps pypy3 pypy3-venv
    python3 python3-build python3-pip python3-venv reprepro strace systemd-container util-linux zstd"
# What looks at dray itself, and the demo does without.
check_tools="disorderfs dput-ng faketime hostname lintian locales openssh-server reprotest rsync sudo twine"

fail() {
    echo "error: $*" >&2
    exit 1
}

installed() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || return 1
    done
}

# Refreshes apt's lists, once.
update_lists() {
    [[ -z ${lists_updated-} ]] || return 0
    apt-get -q update
    lists_updated=yes
}

# The Build-Depends that are missing, as dpkg-dev tells them, or where they stand.
unmet_build_depends() {
    if installed dpkg-dev; then
        dpkg-checkbuilddeps "$checkout/debian/control" 2>&1 | sed 's/.*Unmet build dependencies: //'
    else
        echo "and the Build-Depends in $checkout/debian/control"
    fi
}

# Installs the named packages and the Build-Depends, when something is missing and only then.
install_missing() {
    local wanted=("$@") missing=() package
    for package in "${wanted[@]}"; do
        installed "$package" || missing+=("$package")
    done
    if [[ ${#missing[@]} == 0 ]] && dpkg-checkbuilddeps "$checkout/debian/control" 2>/dev/null; then
        # An image may have the tools and no lists of apt's, by which what is prepared is named.
        if [[ $EUID == 0 && -z $(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages') ]]; then
            update_lists
        fi
        return
    fi
    [[ $EUID == 0 ]] || fail "missing are: ${missing[*]} $(unmet_build_depends); run this once as root, or install them"
    export DEBIAN_FRONTEND=noninteractive
    # Services that come with a tool (nginx) are not started for its sake.
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    update_lists
    apt-get -qy install --no-install-recommends "${missing[@]}"
    apt-get -qy build-dep --no-install-recommends "$checkout"
    if [[ $(trap -p EXIT) == *policy-rc.d* ]]; then
        rm -f "$policy"
        trap - EXIT
    fi
}

# Installs clang with its sanitizers, whose package bears the version that the compiler says it is; apt knows of neither
# before its first update.
install_watchers() {
    install_missing $tools clang
    install_missing "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}

# Sets up the folder where clang's sanitizers and libFuzzer's counters watch what runs.
watched=$checkout/build-watched
set_up_watched() {
    [[ -f $watched/build.ninja ]] || CXX='ccache clang++' CC='ccache clang' meson setup "$watched" "$checkout" \
        --buildtype=debug --optimization=1 -Ddebug=false -Db_sanitize=address,undefined -Db_lundef=false -Dunity=on \
        -Dunity_size=100 '-Dcpp_args=-g1 -fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined'
}

# cached KIND SCRIPT: the path of what `SCRIPT DIR` makes, made anew only when `SCRIPT --key` has changed.
cached() {
    local kind=$1 script=$2 key path
    key=$("$script" --key | sha256sum | cut -c1-16)
    path=$cache/$kind-$key
    mkdir -p "$cache"
    (
        flock 9
        if [[ ! -d $path ]]; then
            rm -rf "$cache/$kind.new"
            # What a shell begins in the background ignores Ctrl-C, and would go on building.
            env --default-signal=INT "$script" "$cache/$kind.new" >"$cache/$kind.log" 2>&1 9>&- || {
                tail -n 40 "$cache/$kind.log" >&2
                fail "$script failed; all it said is in $cache/$kind.log"
            }
            mv "$cache/$kind.new" "$path"
            # Two more stay, for somebody who goes back and forth between branches.
            find "$cache" -maxdepth 1 -name "$kind-*" -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- |
                xargs -r rm -rf
        fi
    ) 9>"$cache/$kind.lock" || return
    echo "$path"
}

# Makes, at the same time, what the booted machines need, and exports where it is.
prepare_system() {
    local prepare=$checkout/tests/system/prepare answers job jobs=() failed=0
    answers=$(mktemp -d)
    cached tree "$prepare/root-tree" >"$answers/tree" & jobs+=($!)
    cached wheelhouse "$prepare/wheelhouse" >"$answers/wheelhouse" & jobs+=($!)
    cached packages "$packages" >"$answers/packages" & jobs+=($!)
    for job in "${jobs[@]}"; do
        wait "$job" || failed=1
    done
    DRAY_TEST_TREE=$(<"$answers/tree") DRAY_TEST_WHEELHOUSE=$(<"$answers/wheelhouse")
    DRAY_TEST_PACKAGES=$(<"$answers/packages")
    export DRAY_TEST_TREE DRAY_TEST_WHEELHOUSE DRAY_TEST_PACKAGES
    rm -rf "$answers"
    [[ $failed == 0 ]] || fail "the tests cannot be prepared"
    # What is missing in the tree only the tree can tell.
    DRAY_TEST_DEBS=$(cached debs "$prepare/debs") || fail "the tests cannot be prepared"
    export DRAY_TEST_DEBS
}

# Removes what tests left that were killed, folders and control groups; the folder of a world that runs is locked.
sweep_worlds() {
    local folder
    for folder in "$cache"/worlds/*/; do
        if [[ -d $folder ]] && flock -n "$folder" true; then
            rm -rf "$folder"
            find /sys/fs/cgroup -depth -type d -path "*/$(basename "$folder").*" -exec rmdir {} +
        fi
    done
}
