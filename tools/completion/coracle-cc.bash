# Bash completion for coracle-cc, which takes gcc's options.

_coracle_cc() {
        local word=${COMP_WORDS[COMP_CWORD]}
        COMPREPLY=()
        case $word in
        -*) mapfile -t COMPREPLY < <(compgen -W "-c -o -E -S -M -MM -MD -MP -I -L -l -D -U -O0 -O1 -O2 -Os -g -std=c11 -Wall
                -Wextra -Werror -pthread -print-search-dirs -print-sysroot -dumpmachine --help --version" -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        esac
}

complete -o filenames -F _coracle_cc coracle-cc
