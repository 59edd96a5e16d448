# Reads a GNU ld map; prints one line for each object file that is in the image:
#
#   LIBRARY MEMBER CODE CONSTANTS DATA ZEROED BY SYMBOL
#
# LIBRARY is app, nucleus, libcoracle, liblwip, libc, ...; MEMBER the object file; CODE, CONSTANTS and DATA the bytes
# that it puts into the image and ZEROED what it adds at run time only (.bss); BY the member that needed it, and SYMBOL
# the name it needed it for ("-" for files named on the command line). Sorted by library, then code.

function library_of(file) {
        if (file ~ /nucleus\.o$/) return "nucleus"
        if (match(file, /[^\/]*\.a\(/)) return substr(file, RSTART, RLENGTH - 3)
        return "app"
}
function member_of(file,    name) {
        name = file
        if (match(name, /\(.*\)$/)) return substr(name, RSTART + 1, RLENGTH - 2)
        sub(/.*\//, "", name)
        return name
}
function number(hex,    value, i) {
        value = 0
        hex = tolower(substr(hex, 3))
        for (i = 1; i <= length(hex); i++)
                value = value * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
        return value
}

/^Archive member included/ { part = "why"; next }
/^(Discarded input sections|Merging program|There are no discarded|Memory Configuration|Allocating common)/ { part = ""; next }
/^Linker script and memory map/ { part = "map"; next }

# path/libc.a(libc_a-printf.o)   main.o (printf)     -- the second half may stand on a line of its own
part == "why" && /^[^ ]/ { file = $1; if (NF == 1) next; by = $2; symbol = $3 }
part == "why" && /^ / { by = $1; symbol = $2 }
part == "why" && NF >= 2 {
        gsub(/[()]/, "", symbol)
        pulled_by[file] = member_of(by)
        pulled_for[file] = symbol
}

part != "map" { next }

# An output section starts in the first column, an input section in the second: " .text.f  0xADDRESS 0xSIZE FILE".
/^[._a-zA-Z\/]/ { output = $1; skip = output ~ /^(\.debug|\.comment|\.note\.GNU|\/DISCARD|\.symtab|\.strtab|\.shstrtab|\.stab|\.gnu\.attributes|LOAD|START|END|OUTPUT)/ }
/^ [._*a-zA-Z]/ {
        if (NF == 1) { waiting = 1; section = $1; next }
        if ($2 ~ /^0x/ && $3 ~ /^0x/ && NF >= 4) add(output, $3, $4)
        waiting = 0
        next
}
/^ +0x/ && waiting {
        if ($2 ~ /^0x/ && NF >= 3) add(output, $2, $3)
        waiting = 0
}
function add(where, size, file) {
        if (skip || where == "" || size == "0x0" || file !~ /\.o(bj)?\)?$/) return
        seen[file] = 1
        if (where ~ /bss/) zeroed[file] += number(size)
        else if (where ~ /text|\.plt/) code[file] += number(size)
        else if (where ~ /data\.rel|\.got|\.dynamic/) data[file] += number(size)
        else if (where ~ /rodata|\.dyn|hash|\.rel|note|frame/) constants[file] += number(size)
        else data[file] += number(size)
}
END {
        command = "LC_ALL=C sort -k1,1 -k3,3nr -k2,2"
        for (file in seen)
                print library_of(file), member_of(file), code[file] + 0, constants[file] + 0, data[file] + 0,
                      zeroed[file] + 0, (file in pulled_by) ? pulled_by[file] : "-",
                      (file in pulled_for) ? pulled_for[file] : "-" | command
        close(command)
}
