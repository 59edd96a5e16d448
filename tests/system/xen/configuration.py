"""What `coracle xl` prints, read by xl's own parser (libxlutil of the unpacked packages). Boots nothing.

usage: configuration.py FILE         prints the settings of FILE as JSON

Run by itself, because the loader finds xl's libraries only through LD_LIBRARY_PATH at the start of a process.
"""
import ctypes
import json
import os
import subprocess
import sys

import lab

SETTINGS = ("name", "type", "kernel", "cmdline", "on_poweroff", "on_reboot", "on_crash")
NUMBERS = ("memory", "vcpus")
LISTS = ("vif", "disk")


def parse(path):
    """The settings of a configuration file, by xl's parser."""
    parser = ctypes.CDLL("libxlutil.so." + lab.VERSION)
    c_library = ctypes.CDLL(None)
    parser.xlu_cfg_init.restype = ctypes.c_void_p
    parser.xlu_cfg_get_listitem.restype = ctypes.c_char_p
    config = ctypes.c_void_p(parser.xlu_cfg_init(ctypes.c_void_p.in_dll(c_library, "stderr"), b"configuration"))
    with open(path, "rb") as file:
        text = file.read()
    if parser.xlu_cfg_readdata(config, text, len(text)) != 0:
        sys.exit(1)
    found = {}
    for name in SETTINGS:
        value = ctypes.c_char_p()
        if parser.xlu_cfg_get_string(config, name.encode(), ctypes.byref(value), 0) == 0:
            found[name] = value.value.decode("latin-1")
    for name in NUMBERS:
        number = ctypes.c_long()
        if parser.xlu_cfg_get_long(config, name.encode(), ctypes.byref(number), 0) == 0:
            found[name] = number.value
    for name in LISTS:
        items, count = ctypes.c_void_p(), ctypes.c_int()
        if parser.xlu_cfg_get_list(config, name.encode(), ctypes.byref(items), ctypes.byref(count), 0) == 0:
            found[name] = [parser.xlu_cfg_get_listitem(items, i).decode("latin-1") for i in range(count.value)]
    return found


def read_by_xl(path):
    """The same in a process that has xl's libraries; None when the parser refuses the file."""
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(lab.library_directories())}
    done = subprocess.run([sys.executable, __file__, path], env=environment, stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


if __name__ == "__main__":
    print(json.dumps(parse(sys.argv[1])))
