"""What system tests share: the lines that tests/system/run counts, ports of this host, and waiting."""
import os
import select
import socket
import sys
import time

failures = 0


def check(name, condition, detail="", figure=""):
    """One result; `detail` is what was seen instead, `figure` what was measured. Returns the condition."""
    global failures
    failures += not condition
    if not condition and detail:
        print(f"detail: {detail}")
    print(f"{'ok' if condition else 'not ok'} - {name}" + (f" # {figure}" if figure else ""), flush=True)
    return condition


def skip(name, why):
    print(f"skip - {name} # {why}", flush=True)


def finish():
    """Ends the test: its last line. Does not return."""
    sys.exit(failures != 0)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds=30):
    """Until what() is true; whether it is."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def read_until(file, wanted, seconds=30):
    """Reads the descriptor until `wanted` has come; returns what came."""
    deadline = time.monotonic() + seconds
    got = b""
    while wanted not in got:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([file], [], [], left)[0]:
            break
        try:
            data = os.read(file, 65536)
        except OSError:
            break
        if not data:
            break
        got += data
    return got
