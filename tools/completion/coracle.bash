# Bash completion for coracle.

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
        --qemu) ;;
        *)
                case $word in
                -*) _coracle_words '-m --memory -p --publish -e --env --net --ip --disk --accel --machine --gdb --raw --append
                        --qemu --print --verbose -q --quiet --help --' "$word" ;;
                *) _coracle_images "$word" ;;
                esac
                ;;
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

_coracle() {
        local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-} i
        COMPREPLY=()
        if [ "$COMP_CWORD" -eq 1 ]; then
                _coracle_words 'run inspect image xl new symbolise help --help --version' "$word"
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
        help) _coracle_words 'run inspect image xl new symbolise' "$word" ;;
        esac
}

complete -F _coracle coracle
