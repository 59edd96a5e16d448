"""Domains without devices: how they start, end, crash, hear of shutdown requests, read and write their console."""
import hashlib
import re
import time


def hello(report, host):
    """Arguments and environment arrive; exit 0 is a power-off, another status a crash: on_poweroff, on_crash act."""
    host.create("fine", "hello", "-m", "16", "-e", "HELLO=wide world", "--on-crash", "preserve",
                arguments=["0", "two words", "it's"])
    report.check("a program that ends with 0 powers its domain off, and on_poweroff acts", host.wait_gone("fine") and
                 "reason code 0 " in host.xl_log("fine"), host.xl_log("fine"))
    said = host.console("fine")
    report.check("arguments and environment arrive, quoting and all", all(line in said.splitlines() for line in (
        "Hello from Coracle", "argument 2: two words", "argument 3: it's", "environment: HELLO=wide world")), said)
    host.create("bad", "hello", "-m", "16", "--on-crash", "preserve", arguments=["3"])
    report.check("a program that ends with 3 crashes its domain, and on_crash acts", report_state(host, "bad") and
                 "reason code 3 " in host.xl_log("bad"), host.xl_log("bad"))
    host.destroy("bad")


def report_state(host, name, state="c"):
    """Whether the domain gets to be crashed ("c") or shut down ("s"), and is kept."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = host.state(name)
        if found is None or state in found:
            return found is not None
        time.sleep(0.1)
    return False


def small(report, host):
    host.create("small", "hello", "-m", "4", arguments=["0"])
    report.check("hello runs in memory=4", host.wait_gone("small") and "Hello from Coracle" in host.console("small"),
                 host.console("small") + host.xl_log("small"))


def crash(report, host):
    host.create("crash", "obey", "-m", "16", "--on-crash", "preserve", arguments=["crash", "16"])
    report.check("a crash is one for Xen too: on_crash acts", report_state(host, "crash") and
                 "reason code 3 " in host.xl_log("crash"), host.xl_log("crash"))
    said = host.console("crash")
    report.check("its report is on the console, after the program's output",
                 re.search(r"about to crash\n(.*\n)*\*\*\* crash: page fault: .*\n(.*\n)*  #0 0x", said), said)
    host.destroy("crash")


def console(report, host):
    """In and out through the ring; nobody reads at first, and more is written than the ring holds."""
    host.create("echo", "obey", "-m", "16", arguments=["echo", "bye"])
    report.check("the program's output comes before anybody writes", host.wait_console("echo", "^listening$"),
                 host.console("echo"))
    # What `xl console` runs; the option is for want of a terminal. What is typed next waits for the answer.
    wait = ("n=0; until grep -q 'heard <{}>' /var/log/xen/console/guest-echo.log || [ $n -ge 100 ]; do usleep 50000; "
            "n=$((n + 1)); done")
    seen = host.run(f"(echo 'one two'; {wait.format('one two')}; echo bye; {wait.format('bye')}; usleep 200000) | "
                    "timeout 20 xenconsole --interactive $(xl domid echo)")
    seen = seen[1].replace("\r", "")
    report.check("what is typed into the console arrives, and the answer comes back",
                 "heard <one two>\n" in seen and "heard <bye>\n" in seen, seen)
    report.check("the domain ends", host.wait_gone("echo"), host.state("echo"))
    host.create("talk", "obey", "-m", "16", arguments=["talk", "2000"])
    expected = lines(0, 2000).encode()
    ended, file = host.wait_gone("talk"), "/var/log/xen/console/guest-talk.log"
    # Compared over there: the way here takes seconds.
    seen = host.must(f"tr -d '\\r' <{file} | tail -c {len(expected)} | sha256sum").split()[0]
    report.check("100 KB of output arrive whole and in order", ended and seen == hashlib.sha256(expected).hexdigest(),
                 host.run(f"wc {file}; tail -n 5 {file}")[1])


def lines(first, last):
    return "".join(f"line {i} of many that say nothing but their number\n" for i in range(first, last))


def unread(report, host):
    """Nobody reads a console: the domain goes on; once it is read, whole lines are there, and how much is missing."""
    count, file = 20000, "/var/log/xen/console/guest-flood.log"
    # xl waits for xenconsoled before it lets a domain run.
    host.must(f"xl create -p {host.configure('flood', 'obey', '-m', '16', arguments=['flood', str(count)])} && "
              "kill -STOP $(pidof xenconsoled) && xl unpause flood")
    try:
        # It sleeps when it is through; twice, since it may be seen so while it starts. Looking costs it the processor.
        host.run("sleep 3")
        gone_on = [report_state(host, "flood", "b") for _ in range(2)]
    finally:
        host.run("kill -CONT $(pidof xenconsoled)")
    host.run(f"n=0; until grep -q missing {file} || [ $n -ge 100 ]; do usleep 100000; n=$((n + 1)); done; "
             "xl shutdown flood")
    ended, said = host.wait_gone("flood", 15), host.run(f"tr -d '\\r' <{file} | tail -n 5")[1]
    found = re.search(r"\n\n\[console\] nobody read: (\d+) bytes are missing here\n"
                      r"flooded in (\d+) us, the longest line took (\d+) us\n$", said)
    missing, total, longest = (int(number) for number in found.groups()) if found else (0, 0, 0)
    everything = lines(0, count).encode()
    expected = everything[:-missing or len(everything)]
    seen = host.must(f"tr -d '\\r' <{file} | head -c {len(expected)} | sha256sum").split()[0]
    report.check("a domain whose console nobody reads goes on, and its reader finds whole lines and how much is missing",
                 all(gone_on) and ended and missing and expected.endswith(b"\n") and
                 seen == hashlib.sha256(expected).hexdigest(), said)
    report.check("it is held for about a second, once", found and longest < 2000000, said)
    report.note(f"{len(everything):,} bytes that nobody read took {total / 1e6:.2f} s, {longest / 1e6:.2f} of them "
                "one line")


def times(report, host):
    host.create("time", "obey", "-m", "16", arguments=["time", "500"])
    host.wait_gone("time")
    date, said = int(host.must("date +%s")), host.console("time")
    found = re.search(r"date (\d+)\nslept (\d+) us\n", said)
    report.check("the date is dom0's, without any clock chip", found and 0 <= date - int(found.group(1)) <= 30,
                 f"dom0's date is {date}\n{said}")
    report.check("a sleep takes as long as asked, by the clock's own account", found and int(found.group(2)) >= 500000,
                 said)


def shutdown(report, host):
    """xl shutdown is SIGTERM."""
    host.create("term", "obey", "-m", "16", "--on-crash", "preserve", arguments=["term", "0"])
    host.wait_console("term", "^waiting for SIGTERM$")
    asked = host.run("xl shutdown term")[1]
    report.check("xl shutdown reaches the program's handler of SIGTERM", host.wait_gone("term", 15) and
                 "SIGTERM came\n" in host.console("term"), asked + host.console("term"))


def endings(report, host):
    """The same without a handler, with a program that does not heed it, and by xl reboot."""
    host.create("default", "obey", "-m", "16", "--on-crash", "preserve", arguments=["echo", "bye"])
    host.wait_console("default", "^listening$")
    host.run("xl shutdown default")
    report.check("a program without a handler is ended by it, which is no crash", host.wait_gone("default", 15) and
                 "reason code 0 " in host.xl_log("default"), host.xl_log("default"))
    host.create("stay", "obey", "-m", "16", "--append", "coracle.grace=1", arguments=["stay"])
    host.wait_console("stay", "^staying$")
    host.run("xl shutdown stay")
    report.check("a program that does not heed SIGTERM is ended after the grace period", host.wait_gone("stay", 15) and
                 "reason code 0 " in host.xl_log("stay"), host.xl_log("stay"))
    host.create("again", "obey", "-m", "16", arguments=["term", "0"])
    before = host.number("again")
    host.wait_console("again", "^waiting for SIGTERM$")
    host.run("xl reboot again")
    twice = host.wait_console("again", r"SIGTERM came\n(.*\n)*waiting for SIGTERM$")
    after = host.number("again")
    report.check("xl reboot does the same, and on_reboot starts the domain anew", twice and after > before,
                 host.console("again") + host.xl_log("again"))
    host.destroy("again")


def refused(report, host):
    """A program that asks the gate for what it must not give, and prints a line for each."""
    host.create("refused", "refused", "-m", "16")
    ended, said = host.wait_gone("refused"), host.console("refused")
    lines = re.findall(r"^(ok|not ok) - (.*)$", said, re.MULTILINE)
    report.check("each hypercall that ring 3 may not have made is refused and counted", ended and lines and
                 all(kind == "ok" for kind, _ in lines), said)
