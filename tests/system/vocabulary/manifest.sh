# Whether anything has changed on a host, judged from outside it.

# What changes by itself, beside the database's own files: the stamps of timers, and what systemd keeps for the next
# boot.
manifest_volatile='^/var/lib/systemd/(timers|random-seed|rfkill|linger|catalog|coredump)(/|$)'

# manifest NAME [EXCEPT-REGEX]: mode, owner, inode, mtime and hash of all under /etc, /opt, /usr and /var/lib that the host
# has written, and the invocation of each unit. Paths that the regular expression matches are left out. What does not
# stand in the overlay's upper folder is as in the tree that the host was booted from, and need not be looked at.
manifest() {
    local folder=$world/$1 top tops=()
    local upper=$folder/${host_disk[$1]:+written/}upper
    for top in etc opt usr var/lib; do
        [[ ! -d $upper/$top ]] || tops+=("$top")
    done
    {
        # In an upper folder a device stands for what is no longer there (the kernel's overlayfs.rst, "whiteouts").
        (cd "$upper" && find "${tops[@]}" -path var/lib/postgresql -prune -o -type c -fprintf "$world/whiteouts" '/%p\tremoved\n' \
            -o -print0) | described "$folder/root" "$world/hashes.$1"
        cat "$world/whiteouts"
    } | lasting "$@" | sort
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

# lasting NAME [EXCEPT-REGEX]: of such lines those that count. Where the upper folder is in another file system than the tree,
# the overlay makes up the inodes of folders.
lasting() {
    awk -F'\t' -v OFS='\t' -v except="$manifest_volatile${2:+|$2}" -v disk="${host_disk[$1]-}" '
        $1 !~ except { if (disk != "" && $2 ~ /^d/) sub(/ inode [0-9]+/, "", $2); print }'
}

# described FOLDER HASHES: the lines of a manifest for the paths in this folder that standard input names, each with a NUL
# behind it. The file HASHES keeps what it has read: a file is not read again when device, inode, size, mtime and ctime are
# the same. Who changes it changes its ctime, which nobody can set (utimensat(2)); as that goes in steps of the kernel's
# clock, a file that was changed right before it was read is read again.
described() {
    local began=$EPOCHREALTIME
    touch "$2"
    (cd "$1" && find -files0-from - -maxdepth 0 -ignore_readdir_race \
        -printf '/%p\t%M %U:%G inode %i mtime %T@ %l\t%y %D %i %s %T@ %C@\n') >"$world/described"
    awk -F'\t' 'FILENAME == ARGV[1] { known[$1 FS $2]; next }
                 $3 ~ /^f/ && !(($1 FS $3) in known) { print "." $1 }' "$2" "$world/described" |
        (cd "$1" && xargs --delimiter='\n' --no-run-if-empty sha256sum --zero) | tr '\0' '\n' >"$world/hashed"
    awk -F'\t' -v kept="$2.new" -v before="$began" '
        FILENAME == ARGV[1] { hash[$1 FS $2] = $3; next }
        FILENAME == ARGV[2] { new[substr($0, 68)] = substr($0, 1, 64); next }
        { print $1 FS $2 }
        $3 ~ /^f/ {
            key = $1 FS $3
            if (!(key in hash)) hash[key] = new[$1]
            print $1 FS "sha256 " hash[key]
            split($3, stamps, " ")
            if (stamps[6] < before - 0.1) print key FS hash[key] >kept
        }' "$2" "$world/hashed" "$world/described"
    [[ ! -e $2.new ]] || mv "$2.new" "$2"
}

# remember NAME [EXCEPT-REGEX]: the state that expect_unchanged compares with.
remember() {
    manifest "$@" >"$world/remembered.$1"
}

# compare NAME [EXCEPT-REGEX]: writes what has changed since then to $world/difference. What stands in the upper folder only
# now was as it is in the tree: an overlay copies a file to there that is only opened to be written.
compare() {
    local remembered=$world/remembered.$1 path
    manifest "$@" >"$world/found.$1"
    awk -F'\t' 'FILENAME == ARGV[1] { had[$1]; next } /^\// && !($1 in had) && !seen[$1]++ { print $1 }' \
        "$remembered" "$world/found.$1" |
        while IFS= read -r path; do
            [[ ! -e $DRAY_TEST_TREE$path && ! -L $DRAY_TEST_TREE$path ]] || printf '%s\0' "${path#/}"
        done >"$world/in-tree"
    if [[ -s $world/in-tree ]]; then
        described "$DRAY_TEST_TREE" "$world/hashes-of-tree" <"$world/in-tree" | lasting "$@" >>"$remembered"
        sort -o "$remembered" "$remembered"
    fi
    diff --unified=0 "$remembered" "$world/found.$1" >"$world/difference" || [[ $? == 1 ]]
}

expect_unchanged() {
    compare "$@"
    if [[ -s $world/difference ]]; then
        sed -n '3,60s/^/    | /p' "$world/difference"
        unexpected "something has changed on $1"
    fi
    say "nothing has changed on $1"
}

expect_changed() {
    compare "$@"
    [[ -s $world/difference ]] || unexpected "nothing has changed on $1"
}
