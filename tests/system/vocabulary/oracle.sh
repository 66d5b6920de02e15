# apt itself, asked what dray should have found: by a refresh into lists of its own, so that those of the host stay
# what dray has made of them.

oracle_options='-o Dir::State::Lists=/root/oracle/lists -o Dir::Cache=/root/oracle/cache
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/root/oracle/sources'

# oracle HOST: prepares that, for the source internal, which the host's recipe declares.
oracle() {
    on "$1" mkdir -p /root/oracle/{lists,cache,sources}/partial
    on "$1" ln -sf /etc/apt/sources.list.d/internal.sources /root/oracle/sources/
    on "$1" chmod 755 /root
    on "$1" chown -R _apt /root/oracle/lists/partial
}

# What the environment of dray and of apt has besides, as NAME=VALUE.
environment=()

# in_environment HOST COMMAND…: in that environment.
in_environment() {
    on "$1" env "${environment[@]}" "${@:2}"
}

# What apt's words on a repository that it refuses come to, of dray's verdicts.
kind_of_refusal() {
    if grep -qE 'NO_PUBKEY|KEYSIG|BADSIG|EXPSIG|GPG error|OpenPGP signature' "$world/oracle"; then
        echo untrusted
    elif grep -qE 'is (expired|not valid yet)' "$world/oracle"; then
        echo expired
    elif grep -qE 'onnection refused|nable to connect|ould not connect' "$world/oracle"; then
        echo unreachable
    else
        echo broken
    fi
}

# candidate_of_apt HOST: greeting's, of phased updates by what the host's number says.
candidate_of_apt() {
    in_environment "$1" apt-cache -o APT::Get::Phase-Policy=true policy greeting >"$world/oracle"
    sed -n 's/^ *Candidate: //p' "$world/oracle"
}

# The name of the InRelease file in apt's lists.
release_file=repository.test_apt_dists_stable_InRelease

# expect_as_apt HOST: the run just reported as JSON found of the repository what apt finds now, and took for greeting's
# candidate what apt does, from the host's own lists. What is held stays as it is, which apt's policy does not say.
expect_as_apt() {
    local root freshness verdict=current candidate installed found file
    root=$(root_of "$1")
    freshness=$(jq --raw-output '.sources[0].freshness' "$world/stdout")
    in_environment "$1" apt-get $oracle_options --error-on=any -qq update >"$world/oracle" 2>&1 || verdict=wrong
    if [[ $verdict != current ]]; then
        [[ $freshness != current ]] ||
            { quote "$world/oracle"; unexpected 'dray calls a source current that apt does not take'; }
        [[ $freshness == "$(kind_of_refusal)" ]] ||
            { quote "$world/oracle"; unexpected "dray calls a source $freshness that apt refuses as $(kind_of_refusal)"; }
        # The lists are as they were, and what apt makes of them is what the host is to have.
        [[ $(jq --raw-output '.resources[] | select(.resource == "package[greeting]").outcome' "$world/stdout") == *changed &&
            $(on "$1" apt-mark showhold) != *greeting* ]] || return 0
        candidate=$(candidate_of_apt "$1")
        expect_equal 'what is installed while a source is refused' "${candidate#(none)}" "$(version_on "$1" greeting)"
        return
    fi
    [[ $freshness == current ]] || unexpected "dray calls a source $freshness that apt takes"
    file=$release_file
    [[ -e $root/root/oracle/lists/$file ]] || file=${file%InRelease}Release
    cmp "$root/root/oracle/lists/$file" "$root/var/lib/apt/lists/$file" ||
        unexpected "the repository has a ${file##*_} that dray did not notice"
    installed=$(version_on "$1" greeting)
    if [[ $(on "$1" apt-mark showhold) == *greeting* ]]; then
        candidate=$installed
    else
        candidate=$(candidate_of_apt "$1")
    fi
    found=$(jq --raw-output '.packages[] | select(.name == "greeting").candidate' "$root/var/lib/dray/poll.json")
    expect_equal "dray's candidate" "${candidate#(none)}" "$found"
    [[ $status != 0 ]] || expect_equal 'what a run without errors has installed' "$found" "$installed"
}
