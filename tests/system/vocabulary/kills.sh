# A publication that is killed, by moments of its own and by those of the tool that it runs, and brought to its end. It is
# chance at which of them, unless DRAY_TEST_SERIES asks for all; DRAY_TEST_SEED repeats what chance did.

seed=${DRAY_TEST_SEED:-$(date +%s)}
RANDOM=$((seed % 32768))
say "# seed $seed"

# By what files get their names and are kept, and each start of a program: each is a moment at which a kill leaves another
# state. test-builder-killed has those of what is removed, too.
own_calls=rename,renameat,renameat2,link,linkat,fsync,clone,clone3,vfork

# kills_of NAME TOOL WORDS CALLS FOLDER…: the publication of $work by that build host is killed at its own moments, and the
# TOOL that it runs at its CALLS, where its command matches WORDS: with all that it has started, or all of that but what
# goes on by itself. FOLDER… is what it changes beside the index, the remote and its state.
#
# The test says what is seen then: clients_see VERSION is that they take this one, which is $built, with the bytes of $work, or the
# one before; index_has VERSION… that the Python index has these. $back is empty where nothing can be taken back.
kills_of() {
    local name=$1 tool=$2 words=$3 calls=$4 before=$version moment killed=0 missed=0 moments tried
    local parts=("${@:5}" "state-$name" small.git index)
    say "# $name: the moments of a publication"
    builds "$name"
    # As what is built and what is published are as a rule, on file systems of their own.
    mountpoint --quiet /mnt || mount -t tmpfs tmpfs /mnt
    cp -a "$work" /mnt
    work=/mnt/$(basename "$work")
    package=$work/$(basename "$package")
    rm -rf "$world/before"
    mkdir "$world/before"
    cp -a "${parts[@]/#/$world/}" "$work" "$world/before"
    wrapped "$tool" "$words"
    tool_does --trace="$calls"
    publication "$name" strace --output="$world/trace" --quiet=all --trace="$own_calls" ||
        { quote "$world/logs/publish"; unexpected 'it is not published'; }
    rm "$world/watch"
    sees_all "$built"
    own_moments >"$world/own"
    tool_moments "$tool" "$calls" >"$world/tools"
    say "$(wc -l <"$world/own") of its own, $(wc -l <"$world/tools") of $tool's"
    [[ -s $world/own && -s $world/tools ]] || unexpected 'there are none'
    mapfile -t moments < <(chosen "$world/own" && chosen "$world/tools")
    tried=${#moments[@]}
    for moment in "${moments[@]}"; do
        rewound "${parts[@]}"
        if killed_at "$name" $moment; then
            killed=$((killed + 1))
            ended "$name" "$before" "$moment"
        else
            missed=$((missed + 1))
            sees_all "$built"
        fi
    done
    umount "$(readlink -f "$(command -v "$tool")")"
    say "$name: killed at $killed of $tried moments; $missed did not come again"
    # What a tool does at the same time may come in another order.
    ((killed * 2 > tried)) || unexpected 'it was hardly ever killed'
    rewound "${parts[@]}"
    published "$name" 'without a kill'
    expect_exit 0
    counted
    sees_all
}

# chosen FILE: by chance in their order two of its lines, or all.
chosen() {
    local tried=2
    [[ -z $DRAY_TEST_SERIES ]] || tried=$(wc -l <"$1")
    # Bytes of all values, as those of digits would always choose the same part of the file.
    openssl enc -aes-256-ctr -nosalt -pbkdf2 -pass "pass:$seed" < <(head --bytes=100k /dev/zero) >"$world/random"
    shuf --random-source="$world/random" "$1" >"$world/shuffled"
    head -n "$tried" "$world/shuffled"
}

# All is as it was before the publication.
rewound() {
    local part
    for part in "$@"; do
        rm -rf "${world:?}/$part"
        cp -a "$world/before/$part" "$world/$part"
    done
    rm -rf "${work:?}"
    cp -a "$world/before/$(basename "$work")" "$work"
}

# wrapped TOOL WORDS: in the place of the TOOL there is one that does what $world/watch says, where its command matches WORDS.
# With the tool it kills the builder, whose child it is.
wrapped() {
    local program
    program=$(readlink -f "$(command -v "$1")")
    mkdir -p "$world"/{real,wrapped,tmp}
    cp "$program" "$world/real/$1"
    cat >"$world/wrapped/$1" <<TOOL
#!/bin/bash
words='$2'
[[ -e $world/watch && " \$* " =~ \$words ]] || exec "$world/real/$1" "\$@"
. "$world/watch"
echo >>"$world/calls"
number=\$(wc -l <"$world/calls")
[[ -z \$at || \$at == "\$number" ]] || exec "$world/real/$1" "\$@"
export TMPDIR="$world/tmp"  # it cannot tidy up
strace --follow-forks --output="$world/trace.\$number" "\${options[@]}" "$world/real/$1" "\$@"
code=\$?
if grep --quiet 'killed by SIGKILL' "$world/trace.\$number"; then
    kill -KILL \$PPID
fi
exit \$code
TOOL
    chmod +x "$world/wrapped/$1"
    mount --bind "$world/wrapped/$1" "$program"
}

# tool_does [--at=NUMBER] STRACE-OPTION…: what becomes of the tool's commands, or of the one of that number.
tool_does() {
    local at=
    if [[ $1 == --at=* ]]; then
        at=${1#*=}
        shift
    fi
    rm -f "$world/calls" "$world"/trace.*
    declare -p at >"$world/watch"
    # Files by their names: what a file is opened as differs from one thread to the other.
    local options=(--decode-fds=path "$@")
    declare -p options >>"$world/watch"
}

# publication NAME COMMAND…: by COMMAND…, in a session of its own, which has all that it starts.
publication() {
    # A shell of its own says that it was killed, where it is no news.
    (
        setsid --wait bash -c 'echo $$ >"$0" && exec "$@"' "$world/session" "${@:2}" \
            dray-build publish --repository "$world/small.git" --config "$world/$1.toml" --work "$work" \
            </dev/null >"$world/logs/publish" 2>&1
        exit $?
    ) 2>>"$world/logs/killed"
}

# "own CALL N", the N-th such call. Of the removal of its clone only the begin: how many folders git makes in it is chance.
own_moments() {
    awk -F'(' '/^[a-z0-9]+\(/ { number = ++seen[$1] } !/^[a-z0-9]+\(/ || /"removed-/ && removals++ { next }
        { print "own", $1, number }' "$world/trace"
}

# tool_moments TOOL CALLS: "tool NUMBER CALL HOW", where HOW is --when=N, the N-th such call of a process, or a file's name. aptly
# does the same things in threads that differ each time.
tool_moments() {
    local trace
    for trace in "$world"/trace.*; do
        if [[ $1 == aptly ]]; then
            # The last name that it has is of what comes into being; the names in its database are many.
            sed -n -e '/^[0-9]* *write(/ { s/^[^<]*<\([^>]*\)>.*/write \1/p; d }' \
                -e 's/^[0-9]* *\(f[a-z]*sync\)([0-9]*<\([^>]*\)>.*/\1 \2/p; t' \
                -e 's/^[0-9]* *\([a-z0-9]*\)(.*"\([^"]*\)".*/\1 \2/p' "$trace" |
                grep " $world/aptly/" | grep --invert-match '^write .*/db/'
        else
            sed -n 's/^\([0-9]*\) *\([a-z0-9]*\)(.*/\1 \2/p' "$trace" | awk '{
                number = ++seen[$1, $2]
                if (number > most[$2]) { most[$2] = number; print $2, "--when=" number }
            }'
        fi | awk -v number="${trace##*.}" '!seen[$0]++ { print "tool", number, $0 }'
    done
}

# killed_at NAME own CALL NUMBER, killed_at NAME tool NUMBER CALL HOW: whether it was killed there. By chance what it had started
# dies with it, or goes on to its end.
killed_at() {
    local code=0 session how=goes-on
    if [[ $2 == own ]]; then
        publication "$1" strace --output="$world/trace" --quiet=all --inject="$3:signal=KILL:when=$4" || code=$?
        ((RANDOM % 2)) || how=dies
    else
        if [[ $5 == --when=* ]]; then
            tool_does --at="$3" --trace="$4" --inject="$4:signal=KILL:when=${5#*=}"
        else
            tool_does --at="$3" --trace="$4" --trace-path="$5" --inject="$4:signal=KILL"
        fi
        publication "$1" env || code=$?
        rm "$world/watch"
        how=dies
    fi
    session=$(<"$world/session")
    [[ $how == goes-on ]] || pkill -KILL --session "$session" || true
    await "$1 ended with $code at ${*:2}; what it had started $how" bash -c "! pgrep --session $session"
    [[ $code == 137 ]] && return
    [[ $code == 0 && $2 == tool ]] || { quote "$world/logs/publish"; unexpected "not killed but $code"; }
    return 1
}

# What somebody else does after a kill.
after_kill() {
    :
}

# ended NAME BEFORE MOMENT: what was killed is brought to its end, with the same bytes, or now and then given up.
ended() {
    local tag journal
    after_kill
    tag=$(git -C "$world/small.git" tag --list "$built")
    journal=$(find "$world/state-$1" -name publication.json)
    [[ -z $tag ]] || clients_see "$built"
    if [[ -n $journal && -z $tag && -n $back ]] && ((RANDOM % 4 == 0)); then
        run "killed at $3, then given up" dray_build "$1" abandon
        expect_exit 0
        sees_all
        clients_see "$2"
        return
    fi
    if [[ -n $journal ]]; then
        run "killed at $3, then ended" dray_build "$1" resume
        expect_exit 0
    elif [[ -z $tag ]]; then
        published "$1" "killed at $3, then published again"
        expect_exit 0
    fi
    sees_all "$built"
    run 'nothing is left to do' dray_build "$1" resume
    expect_exit 0
    expect_output 'no publication was cut off'
    expect_equal 'reservations' '' "$(git -C "$world/small.git" for-each-ref refs/dray)"
}

# sees_all [VERSION]: the index, the archive and the remote have the releases that were counted, and this one.
sees_all() {
    expect_equal 'tags' "${released[*]}${1:+ $1}" "$(git -C "$world/small.git" tag | sort -V | xargs)"
    index_has "${released[@]}" "$@"
    [[ $# == 0 ]] || clients_see "$1"
}

# index_has VERSION…: the built-in index has these.
index_has() {
    expect_equal 'the index' "$*" "$(sed -n 's/.*>small-\(.*\).tar.gz<.*/\1/p' "$world/index/small/index.html" | sort -V | xargs)"
}

# client_takes NAME VERSION: a client that knows that repository alone, and has asked it for nothing before, takes this version
# of it; of $built the bytes of $work.
client_takes() {
    rm -rf "$world/client-$1"
    takes "$1" "$2"
    [[ $2 != "$built" ]] || expect_success cmp "$package" "$world/downloads/small_$2_all.deb"
    rm "$world/downloads/small_$2_all.deb"
}

# installed_from NAME VERSION: apt-get installs it from that repository on this machine, which keeps nothing of that.
installed_from() {
    run "apt-get installs $2 from $1" unshare --mount bash -ec '
        mount -t tmpfs tmpfs /mnt
        for folder in /opt /usr /etc /var/lib/dpkg /var/lib/apt /var/cache/apt; do
            mkdir -p "/mnt$folder/upper" "/mnt$folder/work"
            mount -t overlay -o "lowerdir=$folder,upperdir=/mnt$folder/upper,workdir=/mnt$folder/work" overlay "$folder"
        done
        rm -rf /etc/apt/sources.list* /etc/apt/apt.conf.d/* /etc/apt/preferences.d/* /etc/apt/preferences
        echo "deb [signed-by=$1] $2 stable main" >/etc/apt/sources.list
        apt-get -qq -o APT::Sandbox::User=root update
        DEBIAN_FRONTEND=noninteractive apt-get -qqy -o APT::Sandbox::User=root install "small=$3"
        "$4/bin/small"' bash "$world/repository.asc" "http://$bridge/$1" "$2" "/opt/$(basename "$world")"
    expect_exit 0
    [[ $output == *small ]] || unexpected 'it does not say its name'
}
