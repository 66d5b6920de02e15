# How a run without news grows with the number of sources, and with that of resources.

# growing_sources HOST COUNT…: a recipe of the package and so many sources, for each of the counts.
growing_sources() {
    local count i
    for count in "${@:2}"; do
        {
            for ((i = 0; i < count; i++)); do
                printf '[[resource]]\ntype = "apt_source"\nname = "source%d"\nuri = "http://repository.test/source%d/"\n' $i $i
                printf 'suites = ["stable"]\nsigned_by = "/etc/dray/keys/internal.asc"\n'
            done
            printf '[[resource]]\ntype = "package"\nname = "warehouse"\n'
        } | recipe "$1" "sources-$count"
    done
    echo "location ~ ^/source[0-9]+/(.*) { alias $world/apt/\$1; }" >"$world/nginx/locations/sources.conf"
    reload_repository
}

# growing_resources HOST COUNT…: recipes of so many files, folders and links, 8 to 1 to 1.
growing_resources() {
    local count i
    for count in "${@:2}"; do
        for ((i = 0; i < count; i++)); do
            case $((i % 10)) in
            0) printf '[[resource]]\ntype = "directory"\nname = "/srv/%d/folder%d"\nparents = true\n' "$count" $i ;;
            1) printf '[[resource]]\ntype = "link"\nname = "/srv/%d/link%d"\ntarget = "folder0"\n' "$count" $i ;;
            *) printf '[[resource]]\ntype = "file"\nname = "/srv/%d/file%d"\ncontent = "the content of file %d\\n"\n' "$count" $i $i ;;
            esac
        done | recipe "$1" "resources-$count"
        converge "$1" "resources-$count" >"$world/growth" || { quote "$world/growth"; unexpected 'it does not converge'; }
    done
}

# measure_growth HOST
measure_growth() {
    growing_sources "$1" 1 10 50
    growing_resources "$1" 10 100 1000
    # Another recipe than the last one has other sources, and asks apt; the run after it learns the validators. All of
    # a recipe's sources but the first are then removed again, by nobody: they are what the next one finds.
    jq --null-input '[reduce (1, 10, 50) as $n ({}; . + {"dray, \($n) source\(if $n > 1 then "s" else "" end)": {
        before: ["/bin/sh", "-ec", "rm -f /etc/apt/sources.list.d/source*; for i in 1 2 3; do dray converge sources-\($n); done"],
        command: ["/usr/bin/dray", "converge", "sources-\($n)"]}})]' | measured "$1" 'growth with sources'
    on "$1" sh -c 'rm /etc/apt/sources.list.d/source*'
    jq --null-input '[reduce (10, 100, 1000) as $n ({}; . + {"dray, \($n) resources":
        ["/usr/bin/dray", "converge", "resources-\($n)"]})]' | measured "$1" 'growth with resources'
}
