# From a push to a release: the developer's clone, the bare repository with its hook, the builder's settings.

# The version of the newest release, and the exit status of the builder that the last push started.
released=
release_status=

# A build host: bare repository, hook, signing key, settings; and what it publishes is served.
build_host() {
    signing_key
    serve_repository
    cat >"$world/build.toml" <<CONF
[python]
wheelhouses = ["$DRAY_TEST_WHEELHOUSE"]
no_index = true

[host]
state = "$world/state"

[publish]
index = "$world/index"
apt = "$world/apt"
suite = "stable"
component = "main"
signing_key = "$repository_fingerprint"
gnupg_home = "$world/gnupg"
CONF
    git config --global user.name 'A Developer'
    git config --global user.email developer@example.org
    git config --global init.defaultBranch master

    git init --quiet --bare "$world/warehouse.git"
    # What a build host has here, and beside it what the tests look at afterwards.
    cat >"$world/warehouse.git/hooks/post-receive" <<HOOK
#!/bin/bash
set -o pipefail
dray-build post-receive --config "$world/build.toml" 2>&1 | tee -a "$world/logs/build"
echo "\${PIPESTATUS[0]}" >"$world/build.status"
HOOK
    chmod +x "$world/warehouse.git/hooks/post-receive"

    cp -r "$tests/service" "$world/laptop"
    cp "$DRAY_TEST_WHEELHOUSE/requirements.txt" "$world/laptop"
    find "$world/laptop" -name __pycache__ -prune -exec rm -r {} +
    on_laptop git init --quiet
    on_laptop git remote add origin "$world/warehouse.git"
    say "a build host, with an empty git repository and an empty apt repository"
}

on_laptop() {
    (cd "$world/laptop" && "$@")
}

# edit FILE SED-SCRIPT: a change in the developer's clone.
edit() {
    local before
    before=$(<"$world/laptop/$1")
    sed -i "$2" "$world/laptop/$1"
    [[ $before != "$(<"$world/laptop/$1")" ]] || unexpected "the edit of $1 changes nothing"
}

# push MESSAGE: commits everything in the clone and pushes it to master, which starts the builder.
push() {
    on_laptop git add --all
    on_laptop git commit --quiet --allow-empty -m "$1"
    push_commits "$1" HEAD:refs/heads/master
}

# push_commits WHAT REFSPEC…: pushes what is committed, and keeps the builder's exit status.
push_commits() {
    rm -f "$world/build.status"
    run "push: $1" on_laptop git push --quiet origin "${@:2}"
    expect_exit 0  # git's own: a hook that runs after the push cannot refuse it
    release_status=$(<"$world/build.status")
    released=$(tags | tail -n 1)
}

# release MESSAGE: a push that must become a release.
release() {
    local before=$released
    push "$1"
    [[ $release_status == 0 ]] || unexpected "the builder ended with $release_status"
    [[ -n $released && $released != "$before" ]] || unexpected "no new tag after '$before'"
    say "release $released is published"
}

# The tags of the bare repository, in the order of their versions.
tags() {
    git -C "$world/warehouse.git" tag --list --sort=version:refname
}

# Everything that is published, with its content: two equal answers mean that nothing was published in between.
published() {
    (cd "$world" && find apt index -type f -exec sha256sum {} + | sort -k 2)
    tags
}
