"""Questions of el2g.exe in a console of Wine, which shows it on a terminal: `console.py FOLDER EL2G`.

FOLDER/program has el2g.exe, FOLDER/win the keys of a demo in kept/; EL2G is the program of this machine. tests/windows/run
calls this and has set what Wine needs.
"""

import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import time

WINE = "/usr/lib/wine/wine64"
PATIENCE = 60
sys.stdout.reconfigure(line_buffering=True)
folder = pathlib.Path(sys.argv[1])
native = sys.argv[2]
program = str(folder / "program" / "el2g.exe")
os.chdir(folder / "win")
for name in [name for name in os.environ if name.startswith("EL2G_")]:
    del os.environ[name]

# As a shell shows a process that Windows ended with 0xC000013A: Wine has eight bits.
CTRL_C = 0x3A
PASSPHRASE = "gehüim €5"
KEYGEN = ["pgp", "keygen", "--bits", "2048", "--user-id", "A <a@example.com>"]
KEYGEN += ["--secret-out", "typed.asc", "--public-out", "typed.pub.asc"]
SEAL = ["pgp", "seal", "--kind", "aes", "--signer", "typed.asc", "--recipient", "kept/recipient.public.asc", "--out", "typed.pgp"]


class Console:
    """A program in a console of its own."""

    def __init__(self, *command):
        self.sent = b""
        self.seen = 0
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execv(WINE, [WINE, *command])
        self.pid = pid

    def shown(self):
        """What stands there: without colours, moves are blanks."""
        text = self.sent.decode(errors="replace")
        text = re.sub(r"\x1b\][^\x07]*\x07", "", text)
        return re.sub(r"\x1b\[[0-9;?]*([A-Za-z])", lambda found: " " if found[1] in "CH" else "", text)

    def read(self):
        """Whether there may be more."""
        if not select.select([self.terminal], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self.terminal, 4096)
        except OSError:
            return False
        self.sent += data
        return data != b""

    def answer(self, question, answer):
        """Types when the question stands there."""
        end = time.monotonic() + PATIENCE
        while question not in self.shown()[self.seen :]:
            if not self.read() or time.monotonic() > end:
                wrong(f"no {question!r}", self)
        self.seen = len(self.shown())
        # The question stands there a moment before what is typed is hidden.
        time.sleep(0.5)
        os.write(self.terminal, answer.encode())

    def ended(self):
        """The exit code."""
        end = time.monotonic() + PATIENCE
        while self.read():
            if time.monotonic() > end:
                wrong("it does not end", self)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def typed(*arguments):
    """A line for cmd."""
    words = [f'"{word}"' if " " in word else word for word in arguments]
    return " ".join([program.replace("/", "\\"), *words])


def wrong(what, console):
    sys.exit(f"WRONG: console: {what}\n{console.shown()}")


def holds(what, console, code, files):
    """The exit code, and which of the files are there; no passphrase was shown."""
    found = console.ended()
    if found != code:
        wrong(f"{what}: exit code {found}, expected {code}", console)
    there = sorted(path.name for pattern in ("typed*", ".el2g-*") for path in pathlib.Path().glob(pattern))
    if there != sorted(files):
        wrong(f"{what}: there are {there}, expected {files}", console)
    if "hüim" in console.shown():
        wrong(f"{what}: the passphrase was shown", console)
    print(f"ok: console: {what}")


console = Console(program, *KEYGEN)
console.answer("Passphrase for the new key:", PASSPHRASE + "\r")
console.answer("The same passphrase again:", PASSPHRASE + "x\r")
holds("two passphrases that differ", console, 2, [])
if "\x1b[1;31merror:" not in console.sent.decode(errors="replace"):
    wrong("an error has its colour", console)

for asked in range(2):
    console = Console(program, *KEYGEN)
    if asked == 1:
        console.answer("Passphrase for the new key:", PASSPHRASE + "\r")
    console.answer(["Passphrase for the new key:", "The same passphrase again:"][asked], "\x03")
    holds(f"Ctrl-C at question {asked + 1}", console, CTRL_C, [])

console = Console(program, *KEYGEN)
console.answer("Passphrase for the new key:", PASSPHRASE + "\r")
console.answer("The same passphrase again:", PASSPHRASE + "\r")
holds("a passphrase with letters that are no ASCII", console, 0, ["typed.asc", "typed.pub.asc"])

# Standard input is the key, and the question is asked on the console all the same.
console = Console("cmd")
console.answer(">", typed(*SEAL, "--in", "-") + " <kept\\aes-256.hex\r")
console.answer("Passphrase of typed.asc:", PASSPHRASE + "\r")
console.answer(">", "exit\r")
holds("a question while standard input is a file", console, 0, ["typed.asc", "typed.pgp", "typed.pub.asc"])

pathlib.Path("typed.txt").write_text(PASSPHRASE, encoding="utf-8")
os.chmod("typed.txt", 0o600)
subprocess.run([native, *SEAL, "--in", "kept/aes-256.hex", "--passphrase-file", "typed.txt", "--force"], check=True, capture_output=True)
print("ok: console: the program of this machine opens the key with the same passphrase")

sign = ["ca", "sign", "--csr", "kept/intermediate.csr", "--root-cert", "kept/root.pem", "--root-key", "kept/root.key"]
sign += ["--days", "365", "--out", "typed.pem"]
kept = ["typed.asc", "typed.pgp", "typed.pub.asc", "typed.txt"]
for answer, code, files in [("n", 2, kept), ("y", 0, [*kept, "typed.pem"])]:
    console = Console(program, *sign)
    console.answer("[y/N]", answer + "\r")
    holds(f"`{answer}` to a question", console, code, files)

# Windows has 32 bits of exit code, and what is typed is shown again.
watch = str(folder / "program" / "console_mode.exe")
source = pathlib.Path(__file__).with_name("console_mode.c")
subprocess.run(["x86_64-w64-mingw32-gcc", "-municode", "-O1", "-o", watch, source], check=True)
console = Console(watch, program, *KEYGEN, "--force")
console.answer("Passphrase for the new key:", "\x03")
holds("Ctrl-C, seen by another program", console, 0, [*kept, "typed.pem"])
if "ended with C000013A, the console is as it was" not in console.shown():
    wrong("Ctrl-C leaves the console as it was", console)
