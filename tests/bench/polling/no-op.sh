# A run without news: dray's of the whole recipe warehouse, and peers that do a part of it; with the small internal
# repository alone, and with the distribution's main index beside it.

# prepare_no_op HOST: the peers' descriptions of what dray has made there.
prepare_no_op() {
    local root template=/etc/warehouse/gunicorn.conf.py
    root=$(root_of "$1")
    program "$1" conditional-get -lcurl
    program "$1" apt-candidate -lapt-pkg
    copy_to "$1" "$tests"/bench/peers/warehouse.* \
        "$root"/etc/{apt/sources.list.d/internal.sources,nginx/sites-enabled/warehouse,systemd/system/warehouse.service} \
        /root/peers
    sed 's/9000/<%= @port %>/' "$root$template" | put "$1" /root/peers/gunicorn.conf.py.erb
    sed 's/9000/{{ port }}/' "$root$template" | put "$1" /root/peers/gunicorn.conf.py.j2
    sed 's/9000/{{port}}/' "$root$template" | put "$1" /root/peers/gunicorn.conf.py.mustache
    chmod 0600 "$root/root/peers/warehouse.cf" # as cf-agent wants it
    put "$1" /etc/apt/apt.conf.d/52unattended-upgrades-origins <<<'Unattended-Upgrade::Origins-Pattern { "origin=*"; };'
    on "$1" sh -c 'test -e /var/lib/cfengine3/ppkeys/localhost.priv || cf-key >/root/cf-key.log'
    # The first of these writes an empty sources.list, the second a new user's shadow entry anew.
    on "$1" sh -c 'unattended-upgrade; cf-agent --no-lock --file /root/peers/warehouse.cf' >"$world/first-time"
}

# validators HOST: Last-Modified and ETag of the internal repository's InRelease, as JSON texts.
validators() {
    on "$1" curl --silent --head "$repository_url/dists/stable/InRelease" | tr -d '\r' |
        jq --raw-input --null-input --compact-output '[inputs | capture("^(?<name>[^:]+): (?<value>.*)")]
            | from_entries | with_entries(.key |= ascii_downcase) | [."last-modified", .etag]'
}

# measure_no_op HOST CASE
measure_no_op() {
    local known headers uri=$repository_url/dists/stable/InRelease
    settle "$1"
    # Peers make apt fetch its lists, whose files are then new ones: dray asks apt about them once, before it is measured.
    # What a peer finds to do, when all is done, would be a mistake in its description.
    on "$1" apt-get -qq update
    remember "$1" "$peers_state"
    # dray and what it is bound to take turns by themselves: what needs seconds would leave them other caches than they find
    # beside their like.
    known=$(validators "$1")
    jq --null-input --argjson validators "$known" --arg uri "$uri" '[{
        "floor: one conditional GET by libcurl": ["/usr/local/bin/conditional-get", $uri, $validators[]],
        "dray converge, all of warehouse": ["/usr/bin/dray", "converge"]
    }, {
        "floor: candidate by libapt": ["/usr/local/bin/apt-candidate", "warehouse"],
        "dpkg-query -W": ["/usr/bin/dpkg-query", "-W", "warehouse"],
        "apt-get update": ["/usr/bin/apt-get", "-qq", "update"],
        "apt-get update + install": ["/bin/sh", "-ec",
            "apt-get -qq update; apt-get -qqy install --only-upgrade warehouse"],
        "unattended-upgrade, no refresh": ["/usr/bin/unattended-upgrade"],
        "CFEngine": ["/usr/bin/cf-agent", "--no-lock", "--file", "/root/peers/warehouse.cf"],
        "itamae": ["/usr/bin/itamae", "local", "/root/peers/warehouse.rb"],
        "Puppet": ["/usr/bin/puppet", "apply", "--detailed-exitcodes", "/root/peers/warehouse.pp"],
        "Ansible": ["/usr/bin/ansible-playbook", "-c", "local", "-i", "localhost,", "/root/peers/warehouse.yml"]
    }]' | measured "$1" "$2"
    expect_unchanged "$1" "$peers_state"
    settle "$1"
    mapfile -t headers < <(jq --raw-output '.[]' <<<"$known")
    say "all processes together, in MiB: floor $(memory_together "$1" conditional-get "$uri" "${headers[@]}")," \
        "dray $(memory_together "$1" dray converge)"
}
peers_state='^/(var/lib/(dray|cfengine3|puppet|apt|unattended-upgrades)|etc/puppet)'

# serve_distribution FOLDER, use_distribution HOST: the distribution's index from the repository's server.
serve_distribution() {
    echo "location /distribution/ { alias $1/; }" >"$world/nginx/locations/distribution.conf"
    reload_repository
}
use_distribution() {
    . /etc/os-release
    put "$1" /etc/apt/sources.list.d/distribution.sources <<SOURCE
Types: deb
URIs: http://repository.test/distribution
Suites: $VERSION_CODENAME
Components: main
Languages: none
Signed-By: /usr/share/keyrings/$ID-archive-keyring.gpg
SOURCE
    on "$1" apt-get -qq update
}
