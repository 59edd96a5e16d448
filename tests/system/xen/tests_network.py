"""netfront: httpd in a domain, reached from outside this machine's Xen and from dom0; many domains that come and go."""
import hashlib
import os
import re
import subprocess

import lab
from report import until

ADDRESS, PORT = "10.0.2.60", 8080
REQUESTS, PINGS = 10000, 10000


def url(host, path):
    return f"http://127.0.0.1:{host.port}{path}"


def start(host):
    host.create("site", "site", "-m", "64", "--vif", "bridge=xenbr0,mac=00:16:3e:00:00:01", "--ip",
                f"{ADDRESS}/24,gw=10.0.2.2", arguments=[str(PORT)])
    return host.run(host.until_said("site", "listening"))[0] == 0


def http(report, host, large):
    """`large`: the bytes of /large.bin."""
    if not report.check("httpd comes up with a network device of Xen's", start(host),
                        host.console("site") + host.run("xenstore-ls /local/domain/0/backend/vif")[1]):
        return
    answers = until(lambda: subprocess.run(["curl", "-s", "-f", "-m", "5", url(host, "/small.txt")],
                                           stdout=subprocess.PIPE, check=False).stdout, 10)
    report.check("curl outside reaches it", answers == b"small\n", f"{answers!r}\n{host.console('site')}")
    done = curl_many(host, REQUESTS)
    codes = re.findall(r"^(\d+)$", done.stdout, re.MULTILINE)
    report.check(f"{REQUESTS:,} requests are answered", codes == ["200"] * REQUESTS,
                 f"{codes.count('200')} of {len(codes)}; curl ended with {done.returncode}; {done.stderr[-300:]}")
    body = subprocess.run(["curl", "-s", "-f", "-m", "120", url(host, "/large.bin")], stdout=subprocess.PIPE,
                          check=False).stdout
    report.check(f"{len(large) // 1000000} MB arrive whole", hashlib.sha256(body).digest() ==
                 hashlib.sha256(large).digest(), f"{len(body)} bytes")


def curl_many(host, count):
    """One curl, 16 connections: each request waits for an answer, the way is long, and packets that come together cost
    dom0 less. Five minutes are for all of them: a domain that has gone silent would take two for each."""
    return subprocess.run(["curl", "-s", "-S", "-Z", "--parallel-max", "16", "-m", "120", "-o", "/dev/null", "-w",
                           "%{http_code}\n", url(host, f"/small.txt?[1-{count}]")], capture_output=True, text=True,
                          check=False, timeout=300)


def pings(report, host):
    said = host.run(f"/usr/sbin/ping -q -f -l 8 -c {PINGS} -w 120 {ADDRESS}", 150)[1]
    found = re.search(r"(\d+) packets transmitted, (\d+) received", said)
    report.check(f"{PINGS:,} pings are answered", found and PINGS <= int(found.group(1)) == int(found.group(2)), said)
    report.check("the domain is still up", host.state("site") and "crash" not in host.console("site"),
                 host.console("site"))


def shutdown(report, host):
    host.run("xl shutdown site")
    report.check("xl shutdown ends httpd, and nothing of its network device stays", host.wait_gone("site", 15) and
                 until(lambda: leftovers(host) == "", 10), leftovers(host) + host.console("site"))


def leftovers(host):
    """What there is in dom0 of devices of domains that are gone."""
    return host.run("xenstore-ls -f /local/domain/0/backend 2>/dev/null | grep -E 'frontend-id|/state '; "
                    "ls /sys/class/net | grep vif; losetup -a")[1]


def file_disk(host):
    """The option for a disk that is a file in dom0, and so is behind a loop device; `coracle xl` looks at one here."""
    path = os.path.join(lab.PLACE, "stage/rounds.img")
    with open(path, "wb") as file:
        file.truncate(1 << 20)
    host.must(f"mkdir -p {os.path.dirname(path)}; dd if=/dev/zero of={path} bs=1M count=1 2>/dev/null")
    return ["--disk", path]


def rounds(report, host, count):
    """Domains with devices, made and destroyed, leave nothing behind."""
    words = ["-m", "8", "--vif", "bridge=xenbr0", "--ip", f"{ADDRESS}/24"]
    with_disk = "/run/disk.cfg"
    host.must(f"cp {host.configure('round', 'httpd', *words, *file_disk(host))} {with_disk}")
    path = host.configure("round", "httpd", *words)
    failures = []
    for number in range(count):
        config = with_disk if number % 5 == 0 else path
        # xl stays to watch over every other one, and sees its end beside the xl that destroys it.
        create = f"rm -f /var/log/xen/console/guest-round.log; xl create {'-e ' if number % 2 else ''}{config}"
        # Some are destroyed before they have found their device, some after.
        wait = host.until_said("round", "listening") if number % 4 == 0 else "true"
        status, said = host.run(f"({create}) && {wait}; status=$?; xl destroy round; (exit $status)", 120)
        if status != 0:
            failures.append(f"round {number}: {said}{host.console('round')}\n")
    report.check(f"{count} domains are made and destroyed", not failures, "".join(failures))
    report.check("no backend stays in xenstore, no network or loop device in dom0",
                 until(lambda: leftovers(host) == "", 10), leftovers(host))
