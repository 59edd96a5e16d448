"""Starting and watching domains in a Linux dom0."""
import os
import re
import subprocess

import lab
from debian import ROOT
from host import Dom0
from report import until

CLI = os.path.join(ROOT, "build/bin/coracle")
STAGE = os.path.join(lab.PLACE, "stage")


def stage(image):
    """The image without debug information, at a path that is the same here and in dom0."""
    return lab.stripped(image, "stage/" + os.path.basename(image))


class Host(Dom0):
    """A dom0 that has the images, and makes its configurations with `coracle xl`."""

    def __init__(self, images, **options):
        self.images = {os.path.basename(path)[:-4]: stage(path) for path in images}
        super().__init__({path: path for path in self.images.values()}, **options)

    def configure(self, name, image, *words, arguments=()):
        """Puts NAME.cfg, as printed, into dom0; returns its path there."""
        config = subprocess.run([CLI, "xl", self.images[image], "--name", name, *words, "--", *arguments], check=True,
                                stdout=subprocess.PIPE).stdout.decode()
        path = f"/run/{name}.cfg"
        self.must(f"cat >{path} <<'END OF CONFIGURATION'\n{config}END OF CONFIGURATION\n")
        return path

    def create(self, name, image, *words, arguments=()):
        """xl create; returns the domain's number."""
        path = self.configure(name, image, *words, arguments=arguments)
        self.must(f"xl create {path} >/run/{name}.created")
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

    def wait_gone(self, name, seconds=30):
        return until(lambda: self.state(name) is None, seconds)

    def xl_log(self, name):
        """What xl's daemon said about the domain: why it ended, and what was done about it."""
        return self.run(f"cat /var/log/xen/xl-{name}.log*")[1]

    def destroy(self, name):
        self.run(f"xl destroy {name} 2>/dev/null")
