"""Result lines of the tests, kept in a log too. Tests that run side by side share one."""
import threading
import time


class Report:
    def __init__(self, log=None):
        self.count = {"ok": 0, "not ok": 0, "skip": 0}
        self.log = open(log, "w", encoding="utf-8") if log else None
        self.lock = threading.Lock()
        self.closed = False # when the tests are being ended, what they say of it means nothing

    def say(self, kind, name, why="", detail=""):
        line = f"{kind} - {name}" + (f" # {why}" if why else "")
        with self.lock:
            if self.closed:
                return
            self.count[kind] += 1
            print(f"{detail}{line}\n", end="", flush=True)
            if self.log:
                self.log.write(line + "\n")
                self.log.flush()

    def check(self, name, condition, detail=""):
        """`detail`, shown when it fails: what was seen instead."""
        shown = "" if condition else "".join(f"    | {line}\n" for line in str(detail).splitlines()[-40:])
        self.say("ok" if condition else "not ok", name, detail=shown)
        return bool(condition)

    def note(self, text):
        with self.lock:
            if not self.closed:
                print(f"# {text}", flush=True)

    def close(self):
        with self.lock:
            self.closed = True


def until(condition, seconds, pause=0.1):
    """Calls `condition` until it returns something true or the time is over; returns what it returned last."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found
