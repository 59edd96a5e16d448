"""What the tests of the coracle command share: programs to boot, ways to run it, ways to tell what happened."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from support import check, finish, free_port, read_until, skip, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLI = os.path.join(ROOT, "build/bin/coracle")
COMPILER = os.path.join(ROOT, "build/bin/coracle-cc")
IMAGES = {}  # name: path of the image of PROGRAMS[name]

PROGRAMS = {
    "status": r"""
        #include <stdlib.h>
        int main(int argc, char **argv) { return argc > 1 ? atoi(argv[1]) : 0; }""",
    "words": r"""
        #include <stdio.h>
        #include <string.h>
        extern char **environ;
        static void show(char kind, const char *text) {
                printf("%c%zu:", kind, strlen(text));
                for (; *text != 0; text++) printf("%02x", (unsigned char)*text);
                printf("\n");
        }
        int main(int argc, char **argv) {
                for (int i = 0; i < argc; i++) show('a', argv[i]);
                for (char **e = environ; *e != NULL; e++) show('e', *e);
        }""",
    "cat": r"""
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
                char bytes[512];
                long count;
                while ((count = read(0, bytes, sizeof(bytes))) > 0)
                        for (long done = 0; done < count;) done += write(1, bytes + done, count - done);
                return count == 0 ? 3 : 4;
        }""",
    "wait": r"""
        #include <stdio.h>
        #include <unistd.h>
        int main(void) { printf("waiting\n"); fflush(stdout); for (;;) sleep(1000); }""",
    "keys": r"""
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
                char c;
                printf("ready\n"); fflush(stdout);
                while (read(0, &c, 1) == 1) { printf("<%02x>\n", (unsigned char)c); fflush(stdout); if (c == 'q') return 5; }
                printf("end\n");
                return 6;
        }""",
    "big": r"""
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        int main(int argc, char **argv) {
                static unsigned char bytes[1 << 20];
                size_t count = argc > 1 ? (size_t)atol(argv[1]) : sizeof(bytes);
                unsigned x = 1;
                for (size_t i = 0; i < count; i++) bytes[i] = (x = x * 1103515245 + 12345) >> 16;
                for (size_t done = 0; done < count;) done += write(1, bytes + done, count - done);
        }""",
    "polite": r"""
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        static void end(int signal) { (void)signal; printf("asked to end\n"); fflush(stdout); exit(11); }
        int main(void) { signal(SIGTERM, end); printf("ready\n"); fflush(stdout); for (;;) sleep(1000); }""",
    "deaf": r"""
        #include <signal.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(void) { signal(SIGTERM, SIG_IGN); printf("ready\n"); fflush(stdout); for (;;) sleep(1000); }""",
    "endless": r"""
        #include <stdio.h>
        #include <stdlib.h>
        int main(int argc, char **argv) {
                (void)argc;
                for (long left = atol(argv[1]); left > 0; left -= 10) printf("123456789\n");
                printf("the end\n");
        }""",
    "reflect": r"""
        #include <netinet/in.h>
        #include <stdio.h>
        #include <sys/socket.h>
        int main(void) {
                int one = socket(AF_INET, SOCK_DGRAM, 0);
                struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(7)};
                bind(one, (struct sockaddr *)&name, sizeof(name));
                printf("ready\n"); fflush(stdout);
                for (;;) {
                        char bytes[2048];
                        socklen_t length = sizeof(name);
                        long count = recvfrom(one, bytes, sizeof(bytes), 0, (struct sockaddr *)&name, &length);
                        if (count > 0) sendto(one, bytes, count / 2, 0, (struct sockaddr *)&name, length);
                }
        }""",
    "crash": r"""
        #include <stdio.h>
        static void __attribute__((noinline)) poke(volatile int *where) { *where = 1; }
        static int __attribute__((noinline)) middle(int n) { poke((volatile int *)(long)n); return n; }
        int main(void) { printf("before\n"); fflush(stdout); return middle(8) + 1; }""",
}


def coracle(*words, timeout=60, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([CLI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, **options)


def run(image, *words, accel="tcg", **options):
    return coracle("run", image, "--accel", accel, *words, **options)


def start(*words, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([CLI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def children_of(pid):
    """Process ids of the children, from /proc."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == pid:
                        found.append(int(name))
            except OSError:
                pass
    return found


def is_gone(pid, seconds=5):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def kvm_works():
    probe = coracle("run", IMAGES["status"], "--accel", "kvm", "--print")
    return probe.returncode == 0, probe.stderr.decode().strip()


def guests():
    """What `coracle ps` says of each guest, by name."""
    return {guest["name"]: guest for guest in json.loads(coracle("ps", "--json").stdout)}


def moved(name):
    """Bytes that came in and went out by the network of a guest in the background, of what its supervisor counts."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        where = os.open(os.path.join(os.environ["XDG_RUNTIME_DIR"], "coracle", name), os.O_PATH)
        control.settimeout(10)
        control.connect(f"/proc/self/fd/{where}/control")
        os.close(where)
        control.send(b"c")
        return tuple(int(word) for word in control.recv(128).split()[2:])


def with_runtime(test):
    """A runtime directory of the test's own, and nothing left in it."""
    def wrapped(work):
        with tempfile.TemporaryDirectory(prefix="coracle-runtime-") as runtime:
            os.environ["XDG_RUNTIME_DIR"] = runtime
            try:
                test(work)
            finally:
                coracle("rm", "-f", "--all")
    return wrapped


def complains(name, words, *patterns, status=2, **options):
    result = coracle(*words, **options)
    text = result.stderr.decode(errors="replace")
    good = (result.returncode == status and text.startswith("coracle: ") and text.count("\n") == 1 and
            all(re.search(pattern, text) for pattern in patterns))
    check(f"{name}: one clear line and exit status {status}", good, f"{result.returncode} {text!r}")


def build(work):
    """Fills IMAGES."""
    for name, source in PROGRAMS.items():
        path = os.path.join(work, name + ".c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source.lstrip("\n").replace("\n        ", "\n") + "\n")
        image = os.path.join(work, name + ".elf")
        for words in (["-O1", "-g", "-c", "-o", image[:-3] + "o", path], ["-o", image, image[:-3] + "o"]):
            built = subprocess.run([COMPILER, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if built.returncode != 0:
                print(built.stdout.decode(errors="replace"))
                check(f"{name}.c compiles", False)
                sys.exit(1)
        IMAGES[name] = image


def run_tests(tests):
    """Runs {name: function(work directory)}, or only the one named on the command line; does not return."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="coracle-cli-") as work:
        build(work)
        for name, test in tests.items():
            if only in ("", name):
                test(work)
    finish()
