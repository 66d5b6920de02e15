# Recipes on hosts, and runs of the agent.

# runs NAME RECIPE… : says in host.toml what the host runs; standard input, if a file or a pipe, is its attributes.
runs() {
    local name=$1 recipes
    shift
    printf -v recipes '"%s", ' "$@"
    { echo "recipes = [${recipes%, }]"; echo '[attributes]'; cat; } | put "$name" /etc/dray/host.toml 0600
    say "host $name runs ${recipes%, }"
}

# recipe NAME RECIPE: the administrator's own recipe, its [[resource]] tables from standard input.
recipe() {
    { printf '[recipe]\nname = "%s"\n' "$2"; cat; } | put "$1" "/etc/dray/recipes/$2/recipe.toml"
}

# recipe_file NAME RECIPE PATH: a file of that recipe, from standard input.
recipe_file() {
    put "$1" "/etc/dray/recipes/$2/$3"
}

# converge NAME [ARGUMENT…]
converge() {
    run "$1 converges${2:+ ${*:2}}" on "$1" dray converge "${@:2}"
}

# dry_run NAME: what a converge would do, kept as JSON for expect_as_announced; nothing on the host may change by it.
dry_run() {
    remember "$1"
    run "$1 is asked what a converge would do" on "$1" dray converge --dry-run --output json "${@:2}"
    cp "$world/stdout" "$world/announced.$1"
    expect_unchanged "$1"
}

# journal NAME MATCH…: the entries of the host's journal that have these fields, the oldest first, as an array of what dray
# has put into them.
journal() {
    on "$1" journalctl --sync
    run "the journal of $1, ${*:2}" journal_entries "$@"
    expect_exit 0
}

journal_entries() {
    on "$1" journalctl --no-pager --all --output=json "${@:2}" | jq --slurp --compact-output \
        'map(with_entries(select(.key | test("^(MESSAGE|PRIORITY|SYSLOG_IDENTIFIER|DRAY_.*)$"))))'
}

# expect_json FILTER VALUE: what jq finds in the last command's output.
expect_json() {
    local found
    found=$(jq --raw-output "$1" "$world/stdout") || unexpected "no JSON: $1"
    expect_equal "$1" "$2" "$found"
}

# expect_outcome RESOURCE OUTCOME: how a resource fared in the run just reported as JSON.
expect_outcome() {
    expect_json ".resources[] | select(.resource == \"$1\").outcome" "$2"
}

# What a run did, or announced: of every resource its outcome, changes and actions. What a dry run says it cannot know
# is left out on both sides; "would change if" is a promise only if it then did.
deeds() {
    jq --sort-keys --slurpfile announced "$world/announced.$1" '
        ([$announced[0].resources[] | select(.outcome == "unknown" or .outcome == "conditional").resource]) as $open |
        [.resources[] | select(.resource | IN($open[]) | not)
                      | {resource, outcome, changes: (.changes // []), actions: (.actions // [])}]' "$2"
}

# expect_as_announced NAME: the run just reported as JSON did what the last dry run had said, and nothing else.
expect_as_announced() {
    deeds "$1" "$world/announced.$1" >"$world/announced"
    deeds "$1" "$world/stdout" >"$world/done"
    if ! diff --unified=2 "$world/announced" "$world/done" >"$world/difference"; then
        quote "$world/difference"
        unexpected "the run on $1 did something else than the dry run had announced"
    fi
    say "the run on $1 did what had been announced"
}

# expect_converges NAME: the story of every resource: a dry run announces and changes nothing; a run does just that;
# a second run and a second dry run find nothing to do.
expect_converges() {
    dry_run "$1"
    expect_exit 0
    converge "$1" --output json --detailed-exitcode
    expect_exit 2
    expect_as_announced "$1"
    expect_settled "$1"
}

# What a converge without news may touch: its own record, and the folder that apt downloads lists into.
settled_except='^/var/lib/(dray|apt/lists/partial$)'

# expect_settled NAME: a converge finds nothing to do, and does nothing.
expect_settled() {
    remember "$1" "$settled_except"
    converge "$1" --output json --detailed-exitcode
    expect_exit 0
    expect_json '[.resources[] | select(.outcome != "unchanged" and .outcome != "skipped").resource] | join(" ")' ''
    expect_unchanged "$1" "$settled_except"
    dry_run "$1"
    expect_exit 0
    expect_json '.changed' false
}
