# What benchmarks speak beside the system tests' vocabulary: programs to compare with, and measuring side by side.
# Sourced after the harness, with the number of rounds and the file for the answer as arguments.
rounds=$1
results=$2
waits_for_disk=yes

# program HOST NAME [COMPILER-ARGUMENT…]: compiles one of programs/ and puts it on the host.
program() {
    g++ -std=c++20 -O2 -o "$world/$2" "$tests/bench/programs/$2.cpp" "${@:3}"
    put "$1" "/usr/local/bin/$2" 0755 <"$world/$2"
}

# prepare_measuring HOST: what `measured` needs there.
prepare_measuring() {
    program "$1" cost -static
    put "$1" /usr/local/lib/measure.py <"$tests/bench/measure.py"
}

# measured HOST CASE: runs the groups of commands that standard input names on the host, those of one group in turn, and
# keeps what they cost.
measured() {
    on "$1" python3 /usr/local/lib/measure.py "$2" "$rounds" /root/measured.json
    keep "$(root_of "$1")/root/measured.json"
}

# memory_together HOST COMMAND…: the most that all processes of a command have had at once, in MiB, by a control group of their
# own. What others had in memory already is not counted, such as the pages of shared libraries.
memory_together() {
    local folder=/sys/fs/cgroup peak=memory.peak attempt
    [[ ! -d $folder/memory ]] || folder=$folder/memory peak=memory.max_usage_in_bytes # the older hierarchies
    folder+=/dray-bench-$$
    mkdir "$folder"
    (
        echo "$BASHPID" >"$folder/cgroup.procs"
        on "$@" >"$world/together"
    )
    awk '{ printf "%.1f", $1 / 2 ^ 20 }' "$folder/$peak"
    # Processes that the command has left to end by themselves may take a moment longer.
    for ((attempt = 0; attempt < 50; attempt++)); do
        ! rmdir "$folder" 2>"$world/log" || return 0
        sleep 0.1
    done
    quote "$world/log"
    return 1
}

# keep FILE: adds its list to the answer.
keep() {
    jq --slurp add "$results" "$1" >"$world/results"
    cp "$world/results" "$results"
}
