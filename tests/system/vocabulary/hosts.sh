# Hosts: machines booted by systemd-nspawn, each with its own network namespace, on one bridge.

bridge=10.77.0.1
# More words for systemd-nspawn, of the machines that are booted from now on.
host_options=()
declare -A host_leader=() host_address=() host_nspawn=() host_disk=()

# The bridge that all hosts and the repository are on; made with the first of them.
network() {
    if ip link show br0 >"$world/log" 2>&1; then
        return
    fi
    ip link set lo up
    ip link add br0 type bridge
    ip address add "$bridge/24" dev br0
    ip link set br0 up
}

# host NAME: boots a machine with dray installed, and nothing to do yet.
host() {
    bare_host "$1"
    install_dray "$1"
}

# bare_host NAME: boots a machine that knows nothing of dray.
bare_host() {
    local name=$1 folder=$world/$1 number=$((${#host_leader[@]} + 11))
    network
    ip netns add "$name"
    ip link add "$name" type veth peer name eth0 netns "$name"
    ip link set "$name" master br0 up
    ip -n "$name" link set lo up
    ip -n "$name" address add "10.77.0.$number/24" dev eth0
    ip -n "$name" link set eth0 up

    mount_root "$name"
    echo "$name" >"$folder/root/etc/hostname"
    printf '127.0.0.1 localhost\n%s repository.test\n%s %s\n' "$bridge" "10.77.0.$number" "$name" \
        >"$folder/root/etc/hosts"
    "$tests/system/prepare/machine-id" "$((number - 11))" >"$folder/root/etc/machine-id"
    host_address[$name]=10.77.0.$number
    boot "$name"
}

# host_on_disk NAME: as `host`, with all that is written to it on a disk of its own, for power_cut.
host_on_disk() {
    local disk=$world/$1/disk
    mkdir -p "$world/$1"
    truncate --size=512M "$disk"
    mkfs.ext4 -q "$disk"
    host_disk[$1]=$disk
    host "$1"
}

# Its root: what it has written, over the tree that all machines share. On a disk the file system commits nothing by
# itself: what no fsync(2) has asked for is not there. Elsewhere nothing waits for this machine's disk, as its power is not
# cut, but where time is measured (waits_for_disk).
mount_root() {
    local folder=$world/$1 written=$world/$1 options=
    mkdir -p "$folder"/{root,written}
    if [[ -n ${host_disk[$1]-} ]]; then
        written=$folder/written
        mount -o loop,commit=1000 "${host_disk[$1]}" "$written"
    elif [[ -z ${waits_for_disk-} ]]; then
        options=,volatile
    fi
    mkdir -p "$written"/{upper,overlay}
    mount -t overlay overlay "$folder/root" \
        -o "lowerdir=$DRAY_TEST_TREE,upperdir=$written/upper,workdir=$written/overlay$options"
}

# power_cut NAME: the power fails, and comes back: the machine boots from what its disk had at that moment.
power_cut() {
    local name=$1 folder=$world/$1
    say "the power of $name fails"
    cp --sparse=always "${host_disk[$name]}" "$folder/disk.cut"
    power_off "$name"
    umount "$folder/root"
    umount "$folder/written"
    mv "$folder/disk.cut" "${host_disk[$name]}"
    mount_root "$name"
    boot "$name"
}

# boot NAME: starts the machine, and waits until its systemd says that all is running.
boot() {
    local name=$1 folder=$world/$1 attempt leader state=
    hold_timer "$name"
    (
        enter_control_group "$name"
        exec systemd-nspawn --quiet --register=no --keep-unit --directory="$folder/root" --boot \
            --machine="$name.$(basename "$world")" --resolv-conf=off \
            --network-namespace-path="/run/netns/$name" --console=read-only "${host_options[@]}" {world_lock}<&- {story}>&-
    ) </dev/null >>"$folder/console" 2>&1 &
    host_nspawn[$name]=$!
    for ((attempt = 0; attempt < 600; attempt++)); do
        # nspawn's child is the machine's first process only when the machine has begun to boot.
        if leader=$(pgrep -P "${host_nspawn[$name]}" -x systemd | head -n 1) && [[ -n $leader ]]; then
            host_leader[$name]=$leader
            if state=$(on "$name" systemctl is-system-running 2>&1); then
                say "host $name is up"
                release_timer "$name"
                return
            fi
            [[ $state != degraded ]] || unexpected "host $name: $(on "$name" systemctl --failed --no-legend)"
        fi
        [[ -d /proc/${host_nspawn[$name]} ]] || break
        sleep 0.1
    done
    quote "$folder/console"
    unexpected "host $name does not boot ($state)"
}

# The folders of a host's control group, in the hierarchies that systemd looks at. nspawn makes its groups below the one
# that it is started in; two machines started in the same one would see, and kill, each other's processes.
control_groups() {
    local hierarchy path
    while IFS=: read -r _ hierarchy path; do
        case $hierarchy in
        '') [[ -e /sys/fs/cgroup/unified ]] && path=/sys/fs/cgroup/unified$path || path=/sys/fs/cgroup$path ;;
        # Where the unified hierarchy is the only one that is mounted, the kernel may have others all the same.
        name=systemd)
            [[ -d /sys/fs/cgroup/systemd ]] || continue
            path=/sys/fs/cgroup/systemd$path
            ;;
        *) continue ;;
        esac
        echo "${path%/}/$(basename "$world").$1"
    done </proc/self/cgroup
}

enter_control_group() {
    local folder
    for folder in $(control_groups "$1"); do
        mkdir -p "$folder"
        echo "$BASHPID" >"$folder/cgroup.procs"
    done
}

# on NAME COMMAND…: runs a command on the host, as root, with its own standard streams.
on() {
    local name=$1
    shift
    nsenter --target "${host_leader[$name]}" --all env -i --chdir=/ \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        TERM="${TERM:-dumb}" "$@"
}

# put NAME PATH [MODE]: writes standard input to a file of the host.
put() {
    local target=$world/$1/root$2
    mkdir -p "$(dirname "$target")"
    cat >"$target"
    chmod "${3-0644}" "$target"
}

# copy_to NAME PATH… FOLDER: copies files and folders into a folder of the host.
copy_to() {
    local name=$1 folder=${!#}
    mkdir -p "$world/$name/root$folder"
    cp -r --no-preserve=ownership "${@:2:$#-2}" "$world/$name/root$folder"
}

# The host's root, as seen from outside.
root_of() {
    echo "$world/$1/root"
}

install_dray() {
    local name=$1
    copy_to "$name" "$DRAY_TEST_PACKAGES"/dray_*.deb "$DRAY_TEST_PACKAGES"/dray-recipes_*.deb /root
    on "$name" sh -c 'exec dpkg -i /root/dray_*.deb /root/dray-recipes_*.deb' >"$world/dpkg" 2>&1 ||
        { quote "$world/dpkg"; unexpected "dray cannot be installed on $name"; }
    rm "$world/$name/root"/root/*.deb
    stop_timer "$name"
}

# stop_timer NAME: it elapses at each half hour, in the middle of a test; a test of the timer starts it: polls_often.
stop_timer() {
    [[ -e $world/$1/root/etc/systemd/system/dray.timer.d/often.conf ]] || on "$1" systemctl stop dray.timer
}

# hold_timer NAME, release_timer NAME: before a boot and after it, which it must not elapse during either.
hold_timer() {
    local folder=$world/$1/root/etc/systemd/system/dray.timer.d
    rm -f "$folder/booting.conf"
    if [[ -e $world/$1/root/usr/bin/dray && ! -e $folder/often.conf ]]; then
        mkdir -p "$folder"
        printf '%s\n' '[Unit]' 'ConditionPathExists=!/' >"$folder/booting.conf"
    fi
}
release_timer() {
    local folder=$world/$1/root/etc/systemd/system/dray.timer.d
    if [[ -e $folder/booting.conf ]]; then
        rm "$folder/booting.conf"
        rmdir --ignore-fail-on-non-empty "$folder"
        on "$1" systemctl daemon-reload
    fi
}

# cut_off NAME, mend NAME: unplugs the cable of a host, or with "repository" that of everybody to the repository.
cut_off() {
    say "$1 is cut off"
    ip link set "$(port_of "$1")" down
}

mend() {
    say "$1 is back"
    ip link set "$(port_of "$1")" up
    # The kernel forgets what it has learnt about a link that was down; a bridge's port starts anew as well.
    await "the link of $1 is up" ip -br link show "$(port_of "$1")" up
}

port_of() {
    if [[ $1 == repository ]]; then
        echo br0
    else
        echo "$1"
    fi
}

# power_off NAME: ends the machine at once, and takes nothing down in order.
power_off() {
    kill -KILL "${host_leader[$1]}"
    wait "${host_nspawn[$1]}" || true
}

tell_logs() {
    local name
    for name in "${!host_leader[@]}"; do
        say "--- $name: the journal of dray and of the services"
        on "$name" journalctl --no-pager --output=short-precise --lines=200 -u 'dray*' -u 'warehouse*' 2>&1
        on "$name" systemctl --failed --no-legend 2>&1
    done
    if [[ -s $world/build.log ]]; then
        say "--- the build host"
        tail -n 100 "$world/build.log"
    fi
}

end_hosts() {
    local name folder
    for name in "${!host_leader[@]}"; do
        # nspawn sees the end of its machine, and tidies up after it.
        kill -KILL "${host_leader[$name]}"
        wait "${host_nspawn[$name]}"
        umount --lazy "$world/$name/root"
        [[ -z ${host_disk[$name]-} ]] || umount --lazy "$world/$name/written"
        for folder in $(control_groups "$name"); do
            find "$folder" -depth -type d -exec rmdir {} +
        done
    done
}
