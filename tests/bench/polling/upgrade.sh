# An upgrade of a package of 60 MB in 3,000 files, from an older version that is installed anew before each one.

# release_bulk: adds both versions to the internal repository.
release_bulk() {
    local version folder=$world/files/bulk/opt/bulk
    mkdir -p "$folder"
    for version in 1 2; do
        head -c 60000000 /dev/urandom | (cd "$folder" && split --bytes=20000 --suffix-length=3 - file)
        make_package bulk "$version"
        mv "$world/apt/pool/bulk_${version}_all.deb" "$world"
        dray-build add --config "$world/build.toml" "$world/bulk_${version}_all.deb" >"$world/log"
    done
    rm -rf "$world/files/bulk" "$world"/bulk_*.deb
}

# measure_upgrade HOST
measure_upgrade() {
    release_bulk
    recipe "$1" bulk <<TOML
[[resource]]
type = "apt_source"
name = "internal"
uri = "$repository_url/"
suites = ["stable"]
signed_by = "/etc/dray/keys/internal.asc"
[[resource]]
type = "package"
name = "bulk"
TOML
    jq --null-input '["/bin/sh", "-ec", "apt-get -qq update
        apt-get -qqy --allow-downgrades install bulk=1; apt-get clean; sync"] as $before | [{
        "apt-get install": {$before, command: ["/usr/bin/apt-get", "-qqy", "install", "bulk"]},
        "apt-get update + install": {$before, command: ["/bin/sh", "-ec", "apt-get -qq update; apt-get -qqy install bulk"]},
        "dray converge": {$before, command: ["/usr/bin/dray", "converge", "bulk"]}
    }]' | measured "$1" 'upgrade of 60 MB'
}
