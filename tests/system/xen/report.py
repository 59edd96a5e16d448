"""Result lines of the tests, kept in a log too."""
import time


class Report:
    def __init__(self, log=None):
        self.count = {"ok": 0, "not ok": 0, "skip": 0}
        self.log = open(log, "w", encoding="utf-8") if log else None

    def say(self, kind, name, why=""):
        self.count[kind] += 1
        line = f"{kind} - {name}" + (f" # {why}" if why else "")
        print(line, flush=True)
        if self.log:
            self.log.write(line + "\n")
            self.log.flush()

    def check(self, name, condition, detail=""):
        """`detail`, shown when it fails: what was seen instead."""
        if not condition and detail:
            print("".join(f"    | {line}\n" for line in str(detail).splitlines()[-40:]), end="", flush=True)
        self.say("ok" if condition else "not ok", name)
        return bool(condition)

    @staticmethod
    def note(text):
        print(f"# {text}", flush=True)


def until(condition, seconds, pause=0.1):
    """Calls `condition` until it returns something true or the time is over; returns what it returned last."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found
