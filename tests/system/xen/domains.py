"""Starting and watching domains in a Linux dom0."""
import os
import random
import re
import subprocess
import time

import lab
from debian import ROOT
from host import Broken, Dom0
from report import until

CLI = os.path.join(ROOT, "build/bin/coracle")
LARGE = 20_000_000 # bytes of the large file of `site`
PAUSE = 0.05 # seconds between two looks at a domain


def stage(image):
    """The image without debug information, at a path that is the same here and in dom0."""
    return lab.stripped(image, "stage/" + os.path.basename(image))


def make(*words):
    made = subprocess.run(["make", "-s", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if made.returncode != 0:
        raise Broken(f"make {' '.join(words)}:\n{made.stdout}")


def make_site():
    """Builds `site`, httpd with a large file of repeatable noise. Returns the directory of its files, and the noise."""
    place = os.path.join(lab.PLACE, "site")
    files = os.path.join(place, "files")
    noise = random.Random(1).randbytes(LARGE)
    if not os.path.exists(os.path.join(files, "large.bin")):
        os.makedirs(files, exist_ok=True)
        with open(os.path.join(files, "small.txt"), "w", encoding="ascii") as file:
            file.write("small\n")
        with open(os.path.join(files, "large.bin"), "wb") as file:
            file.write(noise)
    httpd = os.path.relpath(os.path.join(ROOT, "apps/httpd"), place)
    sources = " ".join(f"{httpd}/{name}" for name in sorted(os.listdir(os.path.join(ROOT, "apps/httpd")))
                       if name.endswith(".c"))
    with open(os.path.join(place, "app.mk"), "w", encoding="ascii") as file:
        file.write(f"NAME := site\nFILES := files\nSOURCES := {sources}\n")
    make(f"APP={place}", "app")
    return files, noise


class Host(Dom0):
    """A dom0 that has the images, and makes its configurations with `coracle xl`. `files`: as Dom0's, besides."""

    def __init__(self, images, files=None, **options):
        self.images = {os.path.basename(path)[:-4]: stage(path) for path in images}
        super().__init__({**{path: path for path in self.images.values()}, **(files or {})}, **options)

    def configure(self, name, image, *words, arguments=()):
        """Puts NAME.cfg, as printed, into dom0; returns its path there."""
        config = subprocess.run([CLI, "xl", self.images[image], "--name", name, *words, "--", *arguments], check=True,
                                stdout=subprocess.PIPE).stdout.decode()
        path = f"/run/{name}.cfg"
        self.must(f"cat >{path} <<'END OF CONFIGURATION'\n{config}END OF CONFIGURATION\n")
        return path

    def create(self, name, image, *words, arguments=()):
        self.must(f"xl create {self.configure(name, image, *words, arguments=arguments)} >/run/{name}.created")

    def number(self, name):
        """The domain's number, -1 when there is none of that name."""
        return int(self.must(f"xl domid {name} 2>/dev/null || echo -1"))

    def console(self, name):
        """What the domain has written, as xenconsoled keeps it."""
        return self.run(f"cat /var/log/xen/console/guest-{name}.log")[1].replace("\r", "")

    def wait_console(self, name, pattern, seconds=30):
        """Whether a line that matches came."""
        return until(lambda: re.search(pattern, self.console(name), re.MULTILINE), seconds)

    def state(self, name):
        """The six letters of `xl list`, or None when there is no such domain."""
        status, output = self.run(f"xl list {name} 2>/dev/null")
        return output.split()[-2] if status == 0 else None

    @staticmethod
    def until_said(name, text, seconds=30):
        """
        The shell's words for waiting until a line of the domain's console has `text` in it; their status is 0 then. As
        in wait_gone no process is made: each would take from the domain that is waited for.
        """
        log = f"/var/log/xen/console/guest-{name}.log"
        return (f"{{ exec 9<>/run/never; n={int(seconds / PAUSE)}; said=; while [ -z \"$said\" ] && [ $n -gt 0 ]; do "
                f"read -t {PAUSE} -u 9; n=$((n - 1)); [ -e {log} ] && while read -r line; do case $line in *'{text}'*) "
                f"said=y; break;; esac; done <{log}; done; exec 9>&-; [ -n \"$said\" ]; }}")

    def wait_gone(self, name, seconds=30):
        """
        Whether the domain ends. xl costs dom0, which shares the processor with the domain, as much as a small domain's
        whole life: while the process that xl left behind for this domain is there (its log begins with its number), so
        is the domain, and nothing else needs to be asked. The loop makes no process: its pause is a read that ends.
        """
        deadline = time.monotonic() + seconds
        self.run(f"exec 9<>/run/never; n={int(seconds / PAUSE)}; "
                 f"while [ $n -gt 0 ] && {{ p=; read -r p </var/log/xen/xl-{name}.log; p=${{p##*pid }}; "
                 f"[ -z \"$p\" ] || [ -d /proc/${{p%]}} ]; }}; do read -t {PAUSE} -u 9; n=$((n - 1)); done; exec 9>&-",
                 2 * seconds + 60)
        return until(lambda: self.state(name) is None, max(deadline - time.monotonic(), 1))

    def xl_log(self, name):
        """What xl's daemon said about the domain: why it ended, and what was done about it."""
        return self.run(f"cat /var/log/xen/xl-{name}.log*")[1]

    def destroy(self, name):
        self.run(f"xl destroy {name} 2>/dev/null")
