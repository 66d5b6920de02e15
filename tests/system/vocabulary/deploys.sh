# Deploys of the service on a host: how they ended, and what is there afterwards.

installed_on() {
    on "$1" dpkg-query --show --showformat='${Version}' warehouse
}

# expect_deploy END: how the deploy in the run just reported ended.
expect_deploy() {
    expect_json '.deploys[0].end' "$1"
}

# expect_well NAME VERSION: that version serves, is installed as it was packed, and dpkg has nothing to complain of.
expect_well() {
    expect_served "$1" "$2"
    expect_equal 'what is installed' "$2" "$(installed_on "$1")"
    expect_equal 'dpkg --audit' '' "$(on "$1" dpkg --audit)"
    expect_equal 'dpkg --verify' '' "$(on "$1" dpkg --verify warehouse)"
}

# first_deploy NAME: a build host, and a host that runs the first release, in one process as each takes a while to start.
first_deploy() {
    build_host
    host "$1"
    runs_warehouse "$1" 'workers = 1'
    release 'First release'
    converge "$1" --output json
    expect_exit 0
    expect_deploy committed
    expect_well "$1" "$released"
}

# database NAME up|down: the host's PostgreSQL, which answers afterwards, or is gone. The service is but a hull of the cluster's:
# its stop does not wait for the other's, and a start meanwhile would find it half alive.
database() {
    if [[ $2 == down ]]; then
        on "$1" systemctl stop 'postgresql@*.service' postgresql.service
    else
        on "$1" systemctl reset-failed 'postgresql@*.service'  # it may be up and down more often than systemd has it
        on "$1" systemctl start postgresql.service
        await "PostgreSQL of $1 answers" on "$1" pg_isready --quiet
    fi
}
