# Packages made by hand, a repository of them that can be spoilt, and requests put to dray-apt itself.

apt_suite=$world/apt/dists/stable

# make_package NAME VERSION [FIELD-LINE…]: puts a package into the pool. A folder $world/files/NAME is its content,
# and $world/scripts/NAME/{preinst,postinst,prerm,postrm,conffiles} go with it.
make_package() {
    local name=$1 version=$2 made=$world/made
    shift 2
    rm -rf "$made"
    mkdir -p "$made/DEBIAN" "$made/usr/share/$name" "$world/apt/pool"
    echo "$version" >"$made/usr/share/$name/version"
    if [[ -d $world/files/$name ]]; then
        cp -r "$world/files/$name/." "$made/"
    fi
    if [[ -d $world/scripts/$name ]]; then
        cp "$world/scripts/$name"/* "$made/DEBIAN/"
    fi
    if [[ "$*" != *Installed-Size:* ]]; then
        set -- "$@" "Installed-Size: $(du -sk "$made" | cut -f1)"
    fi
    printf '%s\n' "Package: $name" "Version: $version" 'Architecture: all' 'Maintainer: T <t@example.org>' \
        'Description: made for a test' "$@" >"$made/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone -b "$made" "$world/apt/pool/${name}_${version}_all.deb" >"$world/log"
}

# repack PACKAGE FOLDER: makes a package of what this machine has installed of it.
repack() {
    local package=$1 made=$world/repacked.tree path script
    rm -rf "$made"
    mkdir -p "$made/DEBIAN" "$2"
    dpkg-query --listfiles "$package" | while read -r path; do
        # Folders are made by what is in them; documentation may have been left out.
        if [[ -L $path ]] || [[ -e $path && ! -d $path ]]; then
            echo ".$path"
        fi
    done | tar -C / -c -T - | tar -x -C "$made"
    dpkg-query --status "$package" | awk '/^[^ ]/ { left_out = /^(Status|Conffiles):/ } !left_out' >"$made/DEBIAN/control"
    for script in postinst prerm postrm preinst; do
        path=$(dpkg-query --control-path "$package" "$script")
        [[ -z $path ]] || cp "$path" "$made/DEBIAN/$script"
    done
    dpkg-deb --root-owner-group -Znone -b "$made" "$2/$package.deb" >"$world/log"
}

# repack_for HOST FOLDER PACKAGE…: the same for packages that this machine has, and what of their dependencies the host lacks.
repack_for() {
    local host=$1 folder=$2 package
    shift 2
    for package in "$@" $(dpkg-query -W -f '${Depends},' "$@" |
        tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//' | tr -d ' ' | sort -u); do
        if [[ ! -e $folder/$package.deb ]] && ! on "$host" dpkg-query --status "$package" >"$world/log" 2>&1; then
            repack "$package" "$folder"
        fi
    done
}

# publish [RELEASE-FIELD-LINE…]: indexes the pool and signs what came of it, by-hash included.
publish() {
    local architecture folder index sum
    architecture=$(dpkg --print-architecture)
    folder=$apt_suite/main/binary-$architecture
    mkdir -p "$folder"/by-hash/{SHA256,SHA512}
    (
        cd "$world/apt"
        apt-ftparchive packages pool >"$folder/Packages"
        gzip -9nkf "$folder/Packages"
        for index in Packages Packages.gz; do
            for sum in SHA256 SHA512; do
                cp "$folder/$index" "$folder/by-hash/$sum/$("${sum,,}sum" "$folder/$index" | cut -d' ' -f1)"
            done
        done
        rm -f "$apt_suite/Release"
        printf '%s\n' "$@" 'Acquire-By-Hash: yes' >"$world/fields"
        apt-ftparchive -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Components=main \
            -o APT::FTPArchive::Release::Origin=tests -o "APT::FTPArchive::Release::Architectures=$architecture" \
            release dists/stable >"$world/Release"
        sed -i '/^MD5Sum:/e cat "'"$world/fields"'"' "$world/Release"
        sed -i '/^$/d' "$world/Release"
    )
    sign
}

# sign [GPG-OPTION…]: signs the release file again. A web server tells files of one second apart by nothing, so the new
# one is at least a second younger than the last.
sign() {
    local last=0
    if [[ -e $apt_suite/InRelease ]]; then
        last=$(stat -c %Y "$apt_suite/InRelease")
    fi
    rm -f "$apt_suite/InRelease"
    gpg_quietly "$@" --clear-sign --output "$apt_suite/InRelease" "$world/Release"
    if (($(stat -c %Y "$apt_suite/InRelease") <= last)); then
        touch --date="@$((last + 1))" "$apt_suite/InRelease"
    fi
}

# source_text [URI]: a .sources file for the repository, its key inside.
source_text() {
    printf '%s\n' 'Types: deb' "URIs: ${1-$repository_url}" 'Suites: stable' 'Components: main' 'Signed-By:'
    sed 's/^$/./; s/^/ /' "$world/repository.asc"
}

# request JQ-EXPRESSION: a request to dray-apt, made of one that asks nothing.
request() {
    jq --null-input --compact-output '{id: "test", verb: "query", sources: [], packages: [], lock_wait: 60,
        transaction: {install: {}, remove: [], purge: false, allow_downgrade: false}} | '"$1"
}

# ask WHAT HOST JQ-EXPRESSION: puts a request to dray-apt. The answer is what expect_answer looks at.
ask() {
    local text
    text=$(request "$3")
    run "$1" on "$2" /usr/libexec/dray/dray-apt <<<"$text"
}

# expect_answer JQ-EXPRESSION TEXT: what the answer holds there.
expect_answer() {
    expect_equal "$1" "$2" "$(jq --raw-output "$1" <<<"$output")"
}

# expect_verdict FRESHNESS [TEXT…]: what the last answer says of its only source, and in which words.
expect_verdict() {
    local text message
    expect_answer '.sources[0].freshness' "$1"
    message=$(jq --raw-output '.sources[0].message' <<<"$output")
    shift
    for text in "$@"; do
        [[ $message == *"$text"* ]] || unexpected "'$text' was expected in the verdict '$message'"
    done
}

# bring HOST PACKAGE: installs one of the packages that tests/system/prepare/debs has fetched, past all of apt.
bring() {
    copy_to "$1" "$DRAY_TEST_DEBS/$2" /root
    on "$1" sh -c "dpkg --install /root/$2/*.deb && rm -r /root/$2" >"$world/log" 2>&1
    say "$1 has $2"
}

# version_on HOST PACKAGE: the version that dpkg has on record, "" when it is not installed.
version_on() {
    on "$1" sh -c 'dpkg-query --show --showformat "\${db:Status-Abbrev}\${Version}" "$1" 2>&1 || true' sh "$2" |
        sed -n 's/^[hi]i *//p'
}
