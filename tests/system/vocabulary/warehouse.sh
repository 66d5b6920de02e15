# The service itself: hosts that run recipe warehouse, and what the service on them answers.

# runs_warehouse NAME [ATTRIBUTE-LINE…]: an app server for the test service, with a database of its own. What a release
# has to stand is over in a second, so that tests need not wait.
runs_warehouse() {
    local name=$1
    shift
    put "$name" /etc/dray/keys/internal.asc <"$world/repository.asc"
    {
        echo "repository = \"$repository_url/\""
        echo 'database_url = "postgresql://warehouse:warehouse@127.0.0.1/warehouse"'
        [[ "$*" == *stable_for* ]] || echo 'stable_for = "1s"'
        [[ $# == 0 ]] || printf '%s\n' "$@"
    } | runs "$name" warehouse
}

# ask_service NAME PATH: what the service answers; fails when it does not.
ask_service() {
    on "$1" curl --silent --show-error --fail --max-time 10 "http://127.0.0.1:9000$2"
}

# The version that the service on the host says it is.
served_version() {
    ask_service "$1" /_health | jq --raw-output .version
}

expect_served() {
    local found
    found=$(served_version "$1") || unexpected "the service on $1 does not answer"
    expect_equal "the version that $1 serves" "$2" "$found"
    say "$1 serves $2"
}

serves() {
    [[ $(served_version "$1") == "$2" ]]
}

# await_served NAME VERSION: until somebody else (the timer) has brought that version.
await_served() {
    await "$1 serves $2" serves "$1" "$2"
}

# polls_often NAME: shortens the timer's period and nothing else of it.
polls_often() {
    put "$1" /etc/systemd/system/dray.timer.d/often.conf <<'UNIT'
[Timer]
OnCalendar=
OnCalendar=*:*:0/3
UNIT
    on "$1" systemctl daemon-reload
    on "$1" systemctl restart dray.timer
    say "$1 polls every 3 seconds"
}
