# The apt repository and the Python index, as published by the builder and served by nginx to all hosts.

repository_url=http://repository.test/apt
repository_nginx=
repository_fingerprint=

# An OpenPGP key that signs what is published; the hosts get its public half.
signing_key() {
    mkdir -m 700 "$world/gnupg"
    gpg_quietly --passphrase '' --quick-generate-key 'dray tests <tests@example.org>' ed25519 sign never
    repository_fingerprint=$(gpg_quietly --list-keys --with-colons | sed -n 's/^fpr:*\([^:]*\):$/\1/p' | head -n 1)
    gpg_quietly --armor --export "$repository_fingerprint" >"$world/repository.asc"
}

gpg_quietly() {
    gpg --homedir "$world/gnupg" --batch --quiet "$@"
}

# Serves $world/apt and $world/index to the hosts.
serve_repository() {
    network
    mkdir -p "$world"/{apt,index,nginx/{locations,servers}}
    cat >"$world/nginx/nginx.conf" <<CONF
user root;
worker_processes 1;
pid $world/nginx/pid;
error_log $world/logs/nginx-error.log;
events {}
http {
    access_log $world/logs/nginx-access.log;
    client_body_temp_path $world/nginx/body;
    proxy_temp_path $world/nginx/proxy;
    fastcgi_temp_path $world/nginx/fastcgi;
    uwsgi_temp_path $world/nginx/uwsgi;
    scgi_temp_path $world/nginx/scgi;
    server {
        listen $bridge:80;
        location /apt/ { alias $world/apt/; }
        location /simple/ { alias $world/index/; autoindex on; }
        include $world/nginx/locations/*.conf;
    }
    include $world/nginx/servers/*.conf;
}
CONF
    start_repository
}

start_repository() {
    nginx -p "$world/nginx" -c "$world/nginx/nginx.conf" -g 'daemon off;' </dev/null >>"$world/logs/nginx" 2>&1 {story}>&- &
    repository_nginx=$!
    await "the repository is served" curl --silent --fail "http://$bridge/simple/"
}

# Nobody listens any more: connections are refused at once (`cut_off repository` is the silence of a broken line).
stop_repository() {
    kill "$repository_nginx"
    wait "$repository_nginx"
    repository_nginx=
    say "the repository is stopped"
}

# answer_with PATH DIRECTIVE…: how the repository answers for one path from now on, in nginx's words.
answer_with() {
    printf 'location = %s { %s }\n' "$1" "${*:2}" >"$world/nginx/locations/${1//\//_}.conf"
    reload_repository
}

# answer_as_usual: without any answer_with.
answer_as_usual() {
    rm -f "$world"/nginx/locations/*.conf
    reload_repository
}

# nginx takes up a new configuration by a new worker; the old one takes connections until it begins to shut down.
reload_repository() {
    local worker
    worker=$(pgrep -P "$repository_nginx" | sort -n | tail -n 1)
    kill -HUP "$repository_nginx"
    while [[ $(pgrep -P "$repository_nginx" | sort -n | tail -n 1) == "$worker" ]]; do
        sleep 0.01
    done
    while [[ $(ps -o args= -p "$worker") == 'nginx: worker process' ]]; do
        sleep 0.01
    done
}

# requests [REGEX]: how many requests the repository has answered whose log line matches.
requests() {
    awk -v pattern="${1-.}" '$0 ~ pattern { count++ } END { print count + 0 }' "$world/logs/nginx-access.log"
}

end_repository() {
    if [[ -n $repository_nginx ]]; then
        kill "$repository_nginx"
        wait "$repository_nginx"
    fi
    if [[ -d $world/gnupg ]]; then
        gpgconf --homedir "$world/gnupg" --kill all
    fi
}
