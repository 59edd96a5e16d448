# Bash completion for coracle.

_coracle_commands='run compose ps logs attach top stop rm inspect image xl libvirt export bench new symbolise'

# Files that may be images, and directories on the way to them.
_coracle_images() {
        local word=$1
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -X '!*.elf' -- "$word")
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -S / -- "$word")
        compopt -o nospace 2>/dev/null
        [ "${#COMPREPLY[@]}" -ne 1 ] || [ "${COMPREPLY[0]: -1}" = / ] || compopt +o nospace 2>/dev/null
        return 0
}

_coracle_words() {
        mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_coracle_taps() {
        local tap names=
        for tap in /sys/class/net/*/tun_flags; do
                [ -e "$tap" ] || continue
                tap=${tap%/tun_flags}
                names+=" tap=${tap##*/}"
        done
        printf '%s' "$names"
}

_coracle_run() {
        local word=$1 previous=$2
        case $previous in
        --accel) _coracle_words 'auto kvm tcg' "$word" ;;
        --machine) _coracle_words 'auto pc q35 microvm' "$word" ;;
        --net) _coracle_words "user none$(_coracle_taps)" "$word" ;;
        --ip) _coracle_words 'dhcp' "$word" ;;
        --disk) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        -m | --memory) _coracle_words '8M 16M 64M 128M 256M 1G' "$word" ;;
        -p | --publish) _coracle_words '8080:8080 8080:80 udp:' "$word" ;;
        -e | --env) mapfile -t COMPREPLY < <(compgen -v -- "$word") ;;
        --append) _coracle_words 'coracle.verbose=1 coracle.ip=' "$word" ;;
        --qemu | --name) ;;
        *)
                case $word in
                -*) _coracle_words '-m --memory -p --publish -e --env --net --ip --disk --accel --machine --gdb --raw --append
                        --qemu --print -d --detach --name --verbose -q --quiet --help --' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        esac
}

# Names of guests in the background; "--running" for those that run.
_coracle_guests() {
        local names
        names=$("${COMP_WORDS[0]:-coracle}" ps -q ${2:+"$2"} 2>/dev/null)
        _coracle_words "$names" "$1"
}

# Of ps, logs, attach, top, stop and rm.
_coracle_manage() {
        local command=$1 word=$2 previous=$3
        case $command,$previous,$word in
        stop,-t,* | stop,--time,*) _coracle_words '0 1 10 60' "$word" ;;
        ps,*,-*) _coracle_words '-q --quiet --json --running --help' "$word" ;;
        logs,*,-*) _coracle_words '-f --follow --help' "$word" ;;
        attach,*,-*) _coracle_words '--raw --help' "$word" ;;
        top,*,-*) _coracle_words '--help' "$word" ;;
        stop,*,-*) _coracle_words '-t --time --all --help' "$word" ;;
        rm,*,-*) _coracle_words '-f --force --all --help' "$word" ;;
        attach,* | top,* | stop,*) _coracle_guests "$word" --running ;;
        *) _coracle_guests "$word" '' ;;
        esac
}

_coracle_bridges() {
        local bridge
        for bridge in /sys/class/net/*/bridge; do
                [ -e "$bridge" ] || continue
                bridge=${bridge%/bridge}
                printf ' bridge=%s' "${bridge##*/}"
        done
}

_coracle_xl() {
        local word=$1 previous=$2
        case $previous in
        --on-crash) _coracle_words 'destroy restart rename-restart preserve coredump-destroy coredump-restart soft-reset' \
                "$word" ;;
        --vif) _coracle_words "$(_coracle_bridges)" "$word" ;;
        --disk) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        --ip) _coracle_words 'dhcp' "$word" ;;
        -m | --memory) _coracle_words '4M 8M 16M 64M 128M 256M 1G' "$word" ;;
        -e | --env) mapfile -t COMPREPLY < <(compgen -v -- "$word") ;;
        --append) _coracle_words 'coracle.verbose=1 coracle.ip=' "$word" ;;
        --name) ;;
        *)
                case $word in
                -*) _coracle_words '-m --memory -e --env --name --vif --ip --disk --on-crash --append --verbose
                        --help --' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        esac
}

_coracle_image() {
        local word=$1 previous=$2
        case $previous in
        --format) _coracle_words 'raw qcow2 vmdk vhdx vhd vdi iso efi bzimage oci containerdisk' "$word" ;;
        -o | --output | --data) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        --size | --data-size) _coracle_words '64M 128M 1G 8G' "$word" ;;
        --cmdline) ;;
        *)
                case $word in
                -*) _coracle_words '-o --output --format --cmdline --size --data --data-size --help' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        esac
}

_coracle_bench() {
        local word=$1 previous=$2
        case $previous in
        --rounds) _coracle_words '3 10 30 100' "$word" ;;
        --only) _coracle_words 'tcg kvm microvm microvm-bare pc q35 floor' "$word" ;;
        --output) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        -m | --memory) _coracle_words '8M 16M 64M 128M 256M 1G' "$word" ;;
        --until) ;;
        *)
                case $COMP_CWORD,$word in
                *,-*) _coracle_words '--rounds --only --output --until -m --memory --list --help' "$word" ;;
                2,*) _coracle_words 'boot' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        esac
}

# Of libvirt and export.
_coracle_deploy() {
        local command=$1 word=$2 previous=$3 targets='cloud-hypervisor firecracker kubevirt nomad openstack proxmox'
        case $command,$previous in
        libvirt,--accel) _coracle_words 'auto kvm tcg' "$word" ;;
        libvirt,--machine) _coracle_words 'q35 pc' "$word" ;;
        libvirt,--net) _coracle_words "user none network=default$(_coracle_bridges)" "$word" ;;
        *,--net | *,--name) ;;
        *,--ip) _coracle_words 'dhcp' "$word" ;;
        *,--disk) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        *,-m | *,--memory) _coracle_words '8M 16M 64M 128M 256M 1G' "$word" ;;
        *,-p | *,--publish) _coracle_words '8080:8080 8080:80' "$word" ;;
        *,-e | *,--env) mapfile -t COMPREPLY < <(compgen -v -- "$word") ;;
        *,--append) _coracle_words 'coracle.verbose=1 coracle.ip=' "$word" ;;
        *)
                case $command,$COMP_CWORD,$word in
                libvirt,*,-*) _coracle_words '-m --memory -e --env --name --net --ip --disk --accel --machine --append
                        --help --' "$word" ;;
                export,*,-*) _coracle_words '-m --memory -e --env -p --publish --name --net --ip --disk --append
                        --help --' "$word" ;;
                export,2,*) _coracle_words "$targets" "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        esac
}

_coracle() {
        local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-} i
        COMPREPLY=()
        if [ "$COMP_CWORD" -eq 1 ]; then
                _coracle_words "$_coracle_commands help --help --version" "$word"
                return
        fi
        # What follows -- is the program's.
        for ((i = 2; i < COMP_CWORD; i++)); do
                if [ "${COMP_WORDS[i]}" = -- ]; then
                        mapfile -t COMPREPLY < <(compgen -f -- "$word")
                        return
                fi
        done
        case $command in
        run) _coracle_run "$word" "$previous" ;;
        image) _coracle_image "$word" "$previous" ;;
        ps | logs | attach | top | stop | rm) _coracle_manage "$command" "$word" "$previous" ;;
        compose)
                case $COMP_CWORD,$word in
                *,-*) _coracle_words '--help' "$word" ;;
                *)
                        mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$word")
                        [ "$COMP_CWORD" -ne 2 ] ||
                                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'up down ps' -- "$word")
                        ;;
                esac
                ;;
        bench) _coracle_bench "$word" "$previous" ;;
        libvirt | export) _coracle_deploy "$command" "$word" "$previous" ;;
        xl) _coracle_xl "$word" "$previous" ;;
        inspect)
                case $previous,$word in
                --why,*) ;;
                *,-*) _coracle_words '--members --why --json --help' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        symbolise)
                case $word in
                -*) _coracle_words '--help' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
        new) [[ $word != -* ]] || _coracle_words '--help' "$word" ;;
        help) _coracle_words "$_coracle_commands" "$word" ;;
        esac
}

complete -F _coracle coracle
