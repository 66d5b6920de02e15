# Packages that go to repositories which other tools keep, and what a client's apt sees of these.

released=()
architecture=$(dpkg --print-architecture)

# packages_go NAME LINE…: the settings of a build host of that name, with these lines of [publish].
packages_go() {
    build_settings "$1"
    sed -i '/^apt = /d; /^signing_key = /d' "$world/$1.toml"
    printf '%s\n' "${@:2}" >>"$world/$1.toml"
}

# Serves $world/NAME/public, which a tool writes, as http://…/NAME.
serve_archive() {
    printf 'location /%s/ { alias %s/; }\n' "$1" "$world/$1/public" >"$world/nginx/locations/$1.conf"
    reload_repository
}

# client NAME[/TARGET] COMMAND…: apt-get or apt-cache of a client that knows that repository alone, and in it the suite of
# that target.
client() {
    local archive=${1%/*}
    local suite=${1#"$archive"} folder=$world/client-${1/\//-}
    if [[ ! -d $folder ]]; then
        mkdir -p "$folder"/etc/apt/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} \
            "$folder"/var/lib/{dpkg,apt/lists/partial} "$folder"/var/cache/apt/archives/partial
        touch "$folder/var/lib/dpkg/status"
        echo "deb [signed-by=$world/repository.asc] http://$bridge/$archive stable${suite/\//-} main" >"$folder/etc/apt/sources.list"
    fi
    "$2" -qq -o Dir="$folder" -o Dir::State::status="$folder/var/lib/dpkg/status" -o APT::Sandbox::User=root "${@:3}"
}

# takes NAME[/TARGET] VERSION: a client of that repository takes this version, and what it downloads is whole.
takes() {
    client "$1" apt-get update
    expect_equal "the version at $1" "$2" "$(client "$1" apt-cache policy small | sed -n 's/^  Candidate: //p')"
    mkdir -p "$world/downloads"
    (cd "$world/downloads" && client "$1" apt-get download "small=$2")
}

# expect_seen NAME[/TARGET] VERSION: a client of that repository takes this version.
expect_seen() {
    takes "$1" "$2"
    rm "$world/downloads/small_$2_all.deb"
    # nginx knows a file by its second and its size, and these tools do not see to it that a new index has another one.
    sleep 1
}

# The tags on the remote, and what the Python index shows, are those of the releases.
expect_released() {
    expect_equal 'tags' "${released[*]}" "$(git -C "$world/small.git" tag | sort -V | xargs)"
    expect_equal 'the index' "${released[*]}" \
        "$(sed -n 's/.*>small-\(.*\).tar.gz<.*/\1/p' "$world/index/small/index.html" | sort -V | xargs)"
}

# Counts the release that was just made, whose number none had before; $version is its.
counted() {
    version=$(git -C "$world/small.git" tag | sort -V | tail -n 1)
    [[ " ${released[*]} " != *" $version "* ]] || unexpected "$version is no new release"
    released+=("$version")
    expect_released
}

# releases NAME: one more commit is released by that build host.
releases() {
    commit "After ${released[*]}" >"$world/commit"
    run "a release by $1" dray_build "$1" release
    expect_exit 0
    counted
    expect_success grep -q '^Source: small' "$world/state-$1"/*/records/"small_${version}_all.buildinfo"
}

# builds NAME: one more commit is built by hand, in $work: $package of the version $built.
builds() {
    commit 'Built by hand' >"$world/commit"
    work=$(mktemp -d "$world/work.XXXX")
    dray_build "$1" dist --work "$work" >"$world/log" 2>&1 || { quote "$world/log"; unexpected 'no distributions'; }
    dray_build "$1" deb --work "$work" >"$world/log" 2>&1 || { quote "$world/log"; unexpected 'no package'; }
    package=$(echo "$work"/*.deb)
    built=$(dpkg-deb --field "$package" Version)
    say "$1 has built $built"
}

# published NAME WHAT: that is published, or not.
published() {
    run "$2" dray_build "$1" publish --work "$work"
}

# Makes a package of the name of $package with other bytes: $forged.
forge() {
    rm -rf "$world/forged"
    mkdir "$world/forged"
    dpkg-deb --raw-extract "$package" "$world/forged/tree"
    echo 'other bytes' >"$world/forged/tree/usr/share/doc/small/note"
    forged=$world/forged/$(basename "$package")
    dpkg-deb --root-owner-group --build "$world/forged/tree" "$forged" >"$world/log"
}

# The remote refuses tags while $world/mood says "refuse", and kills the builder first ($world/builder) when it is "kill".
moody_remote() {
    cat >"$world/small.git/hooks/pre-receive" <<HOOK
#!/bin/bash
while read -r old new ref; do
    [[ \$ref == refs/tags/* && -s $world/mood ]] || continue
    [[ \$(<$world/mood) != kill ]] || kill -KILL "\$(<$world/builder)"
    exit 1
done
HOOK
    chmod +x "$world/small.git/hooks/pre-receive"
}

# for_targets: the release in $work becomes one for two targets, whose packages are made by hand of the one that was built.
for_targets() {
    local target number entries=()
    rm -rf "$world/forged"
    mkdir "$world/forged"
    dpkg-deb --raw-extract "$package" "$world/forged/tree"
    rm "$work"/*.deb "$work"/*.buildinfo
    for target in bookworm trixie; do
        [[ $target == bookworm ]] && number=12 || number=13
        sed -i "s/^Version: .*/Version: $built+deb$number/" "$world/forged/tree/DEBIAN/control"
        dpkg-deb --root-owner-group --build "$world/forged/tree" "$work/small_$built+deb${number}_all.deb" >"$world/log"
        entries+=("{\"name\": \"small_$built+deb${number}_all.deb\", \"target\": \"$target\", \"version\": \"$built+deb$number\",
            \"sha256\": \"$(sha256sum "$work/small_$built+deb${number}_all.deb" | cut -d' ' -f1)\"}")
    done
    jq --argjson debs "[${entries[0]}, ${entries[1]}]" '.debs = $debs' "$work/release.json" >"$world/release.json"
    mv "$world/release.json" "$work/release.json"
}

# expect_seen_by_targets NAME VERSION: a client of each target takes this version for it.
expect_seen_by_targets() {
    expect_seen "$1/bookworm" "$2+deb12"
    expect_seen "$1/trixie" "$2+deb13"
}

# tells_targets NAME PLACES…: that each target has a distribution of its own, which the command PLACES… makes.
tells_targets() {
    local before
    say "# $1: a release for two targets"
    sed -i '/^\[publish\]/i [deb]\ntargets = ["bookworm", "trixie"]\n' "$world/$1.toml"
    builds_for_targets "$1"
    published "$1" 'no place for it'
    expect_exit 75
    expect_output 'stable-bookworm'
    expect_released
    "${@:2}"
    published "$1" 'a place for each'
    expect_exit 0
    counted
    before=$version
    expect_seen_by_targets "$1" "$version"

    say "# $1: one that is given up is taken back from both"
    builds_for_targets "$1"
    killed_at_tag "$1"
    expect_seen_by_targets "$1" "$built"
    run 'given up' dray_build "$1" abandon
    expect_exit 0
    expect_released
    expect_seen_by_targets "$1" "$before"
    sed -i '/^\[deb\]/,/^targets/d' "$world/$1.toml"
}

# builds_for_targets NAME: as builds, and for two targets.
builds_for_targets() {
    sed -i 's/^targets/#&/' "$world/$1.toml"
    builds "$1"
    sed -i 's/^#targets/targets/' "$world/$1.toml"
    for_targets
}

# killed_at_tag NAME: the publication of $work is killed when all but the tag is done.
killed_at_tag() {
    local code=0
    echo kill >"$world/mood"
    (
        (
            echo "$BASHPID" >"$world/builder"
            exec dray-build publish --repository "$world/small.git" --config "$world/$1.toml" --work "$work"
        ) </dev/null >"$world/logs/killed" 2>&1
        exit $?
    ) 2>>"$world/logs/killed" || code=$?
    rm "$world/mood"
    [[ $code == 137 ]] || { quote "$world/logs/killed"; unexpected "not killed: $code"; }
    say "$1 was killed before the tag"
    expect_equal 'tags' "${released[*]}" "$(git -C "$world/small.git" tag | sort -V | xargs)"
}

# ends NAME: what was cut off is brought to its end, and is the release that was built.
ends() {
    run 'the rest' dray_build "$1" resume
    expect_exit 0
    counted
    expect_equal 'the release' "$built" "$version"
}

# tells NAME: what an archive does that shows a release, and takes it back.
tells() {
    say "# $1: two releases, and a client that sees each"
    releases "$1"
    expect_seen "$1" "$version"
    builds "$1"
    published "$1" 'the second'
    expect_exit 0
    counted
    expect_seen "$1" "$version"
    run 'built again' dray_build "$1" verify "$version"
    expect_exit 0

    say "# $1: the same file again is done"
    published "$1" 'again'
    expect_exit 0
    expect_released
    expect_seen "$1" "$version"

    say "# $1: killed between the archive and the tag, and ended with the same bytes"
    builds "$1"
    killed_at_tag "$1"
    expect_seen "$1" "$built"
    ends "$1"
    expect_seen "$1" "$version"
    expect_success cmp "$package" "$(find "$world/$1/public" -name "small_${version}_all.deb")"

    say "# $1: killed there, and given up: clients get what they had"
    builds "$1"
    killed_at_tag "$1"
    expect_seen "$1" "$built"
    run 'given up' dray_build "$1" abandon
    expect_exit 0
    expect_released
    expect_seen "$1" "$version"

    say "# $1: a remote that refuses the tag: the package is taken back"
    echo refuse >"$world/mood"
    published "$1" 'refused'
    rm "$world/mood"
    expect_exit 75
    expect_no_output 'is published in part' 'it is not taken back'
    expect_released
    expect_seen "$1" "$version"

    say "# $1: a number that somebody may have seen is not used again"
    releases "$1"
    expect_failure test "$version" = "$built"
    expect_seen "$1" "$version"
}

# with_locked_key NAME: that build host signs with a key, $locked, whose passphrase the agent does not have; whom it asks
# leaves a mark, and never answers. Until `with_former_key NAME`.
with_locked_key() {
    printf 'open sesame' >"$world/passphrase"
    printf '#!/bin/sh\ntouch %s\nexec sleep 600\n' "$world/asked" >"$world/pinentry"
    chmod +x "$world/pinentry"
    # Each signature by a locked key takes the time that its passphrase is made to take: here the shortest there is.
    printf 's2k-count 65536\npinentry-program %s\n' "$world/pinentry" >"$world/gnupg/gpg-agent.conf"
    gpgconf --homedir "$world/gnupg" --kill gpg-agent
    gpg_quietly --pinentry-mode loopback --passphrase-file "$world/passphrase" \
        --quick-generate-key 'a locked key <locked@example.org>' ed25519 sign never
    locked=$(gpg_quietly --list-keys --with-colons locked@example.org | sed -n 's/^fpr:*\([^:]*\):$/\1/p')
    gpgconf --homedir "$world/gnupg" --kill gpg-agent
    sed -i.former "s/^signing_key = .*/signing_key = \"$locked\"/" "$world/$1.toml"
}
with_former_key() {
    expect_failure test -e "$world/asked"
    mv "$world/$1.toml.former" "$world/$1.toml"
    rm "$world/gnupg/gpg-agent.conf"
    gpgconf --homedir "$world/gnupg" --kill gpg-agent
}
