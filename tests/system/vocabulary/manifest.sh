# Whether anything has changed on a host, judged from outside it.

# What changes by itself, beside the database's own files: the stamps of timers, and what systemd keeps for the next
# boot.
manifest_volatile='^/var/lib/systemd/(timers|random-seed|rfkill|linger|catalog|coredump)(/|$)'

# manifest NAME [EXCEPT-REGEX]: mode, owner, inode, mtime and hash of all under /etc, /opt, /usr and /var/lib, and the
# invocation of each unit. Paths that the regular expression matches are left out. Only what stands in the overlay's
# upper folder is hashed: nothing else can have another content than the tree that the host was booted from.
manifest() {
    local root=$world/$1/root upper=$world/$1/upper except="$manifest_volatile${2:+|$2}" top
    {
        (cd "$root" && find etc opt usr var/lib -path var/lib/postgresql -prune -o \
            -printf '/%p\t%M %U:%G inode %i mtime %T@ %l\n')
        for top in etc opt usr var/lib; do
            [[ ! -d $upper/$top ]] || (cd "$upper" && find "$top" -path var/lib/postgresql -prune -o -type f -print0)
        done | (cd "$root" && xargs -0 --no-run-if-empty sha256sum) | sed 's/^\([0-9a-f]*\)  \(.*\)/\/\2\tsha256 \1/'
    } | awk -F'\t' -v except="$except" '$1 !~ except' | sort
    # Units of dray itself run because the test runs them.
    on "$1" systemctl show '*.service' '*.socket' '*.timer' --property=Id,InvocationID |
        awk -v RS= -F'\n' '{ id = invocation = ""
                             for (i = 1; i <= NF; i++) {
                                 if ($i ~ /^Id=/) id = substr($i, 4)
                                 if ($i ~ /^InvocationID=/) invocation = substr($i, 14)
                             }
                             if (invocation != "" && id !~ /^(dray|run-|user)/) print "unit " id "\t" invocation }' |
        sort
}

# remember NAME [EXCEPT-REGEX]: the state that expect_unchanged compares with.
remember() {
    manifest "$@" >"$world/remembered.$1"
}

expect_unchanged() {
    manifest "$@" >"$world/found.$1"
    if ! diff --unified=0 "$world/remembered.$1" "$world/found.$1" >"$world/difference"; then
        sed -n '3,60s/^/    | /p' "$world/difference"
        unexpected "something has changed on $1"
    fi
    say "nothing has changed on $1"
}

expect_changed() {
    manifest "$@" >"$world/found.$1"
    if diff --brief "$world/remembered.$1" "$world/found.$1" >/dev/null; then
        unexpected "nothing has changed on $1"
    fi
}
