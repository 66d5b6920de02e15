# The server's side: what one conditional request costs nginx, and how many agents one of its cores could answer.

# measure_server HOST: the requests come from the machine that serves; each is a connection of its own, as an agent's is.
measure_server() {
    local count=50000 period=1800 worker before after seconds modified etag
    read -r modified etag < <(validators "$1" | jq --raw-output '"\(.[0] | gsub(" "; "_")) \(.[1])"')
    worker=$(pgrep -P "$repository_nginx" | sort -n | tail -n 1)
    before=$(worker_ticks "$worker")
    seconds=$EPOCHREALTIME
    ab -q -n "$count" -c 32 -H "If-Modified-Since: ${modified//_/ }" -H "If-None-Match: $etag" \
        "http://$bridge/apt/dists/stable/InRelease" >"$world/ab"
    seconds=$(bc -l <<<"$EPOCHREALTIME - $seconds")
    after=$(worker_ticks "$worker")
    expect_equal 'answers of 304' "$count" "$(awk '/^Non-2xx responses:/ { print $3 }' "$world/ab")"
    jq --null-input --arg wall "$seconds" --argjson ticks $((after - before)) --argjson hertz "$(getconf CLK_TCK)" \
        --argjson count "$count" --argjson peak "$(awk '/^VmHWM:/ { print $2 }' "/proc/$worker/status")" \
        '[{case: "server: one conditional request", program: "nginx, one worker", wall_s: (($wall | tonumber) / $count),
           cpu_s: ($ticks / $hertz / $count), peak_mib: ($peak / 1024)}]' >"$world/server.json"
    keep "$world/server.json"
    jq --raw-output --argjson count "$count" --argjson period "$period" '.[0] | (1 / .cpu_s | floor) as $rate |
        "\nserver: \($count) conditional requests, each answered with 304 on a connection of its own\n" +
        "\(.cpu_s * 1e6 | floor) µs of nginx'\''s processor time each: one core answers \($rate) a second\n" +
        "an agent asks each source once in \($period) s: \($rate) * \($period) = \($rate * $period) agents with one source each"' \
        "$world/server.json"
}

# worker_ticks PID: the processor time it has had.
worker_ticks() {
    awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}
