# Saying what happens, running what is tested, and comparing what came of it with what was expected.

# The last command that was run for its result: its exit status, standard output and standard error.
status=
output=
errors=

# Where the story is told, also from within a command whose output goes elsewhere.
exec {story}>&1

say() {
    printf '%s\n' "$*"
}

# quote FILE…: shows what a command said, of a line that it drew again and again the last state.
quote() {
    sed --separate -e 's/.*\r\(.\)/\1/' -e 's/\(.\{300\}\).*/\1…/' -e 's/^/    | /' -e '$a\' "$@"
}

# run WHAT COMMAND…: runs the command, tells so, and keeps status, output and errors for the expectations.
run() {
    local what=$1
    shift
    status=0
    "$@" >"$world/stdout" 2>"$world/stderr" || status=$?
    output=$(<"$world/stdout")
    errors=$(<"$world/stderr")
    say "$what → exit $status"
    quote "$world/stdout" "$world/stderr"
}

# Ends the test as failed.
unexpected() {
    say "FAILED: $*" >&"$story"
    trap - ERR
    exit 1
}

expect_exit() {
    [[ $status == "$1" ]] || unexpected "exit $1 was expected, not $status"
}

# expect_output TEXT…: each text stands in what the last command wrote, on either stream.
expect_output() {
    local text
    for text in "$@"; do
        [[ $output$'\n'$errors == *"$text"* ]] || unexpected "'$text' was expected in the output"
    done
}

expect_no_output() {
    local text
    for text in "$@"; do
        [[ $output$'\n'$errors != *"$text"* ]] || unexpected "'$text' was not expected in the output"
    done
}

# expect_equal WHAT WANTED FOUND
expect_equal() {
    [[ $2 == "$3" ]] || unexpected "$1: wanted '$2', found '$3'"
}

# expect_success COMMAND…, expect_failure COMMAND…: for what is asked of the world beside the story.
expect_success() {
    "$@" || unexpected "failed with $?: $*"
}

expect_failure() {
    if "$@"; then
        unexpected "succeeded: $*"
    fi
}

# await WHAT COMMAND…: asks until the command succeeds. The limit is no expectation of speed; it ends a test that
# would wait for ever.
await() {
    local what=$1 attempt
    shift
    for ((attempt = 0; attempt < 3000; attempt++)); do
        if "$@" >"$world/await" 2>&1; then
            say "$what"
            return
        fi
        sleep 0.2
    done
    quote "$world/await"
    unexpected "never: $what"
}

failed_at() {
    say "FAILED at ${1#"$tests"/}:$2: $3" >&"$story"
}

end_world() {
    local code=$?
    trap - ERR EXIT
    set +e
    if [[ $code != 0 ]]; then
        say "FAILED: ended with $code"
        tell_logs
    fi
    end_hosts
    end_repository
    # Where somebody may look for what went wrong: the story holds what the test did, this what the hosts did.
    cd /
    if [[ $code != 0 && -n ${DRAY_TEST_KEEP_LOGS-} ]]; then
        cp -r "$world/logs" "$DRAY_TEST_KEEP_LOGS"
    fi
    rm -rf --one-file-system "$world"
    exit "$code"
}
