"""Runs a program on a terminal of its own and answers its questions.

usage: answer.py PROGRAM ARGUMENT... -- ANSWER...   Prints what the terminal showed; the program's exit code.
An answer is typed when the terminal has shown a text that ends in `: ` or `[y/N] `, and, where the question says that
nothing is shown or asks for a passphrase, when the terminal has stopped to echo (the question stands there a moment before).
"""

import os
import pty
import sys
import termios
import time

split = sys.argv.index("--")
command, answers = sys.argv[1:split], sys.argv[split + 1 :]
pid, terminal = pty.fork()
if pid == 0:
    if "PTY_COLUMNS" in os.environ:
        termios.tcsetwinsize(1, (24, int(os.environ["PTY_COLUMNS"])))
    os.execv(command[0], command)
shown = b""
asked = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
    asked += data
    if asked.endswith((b": ", b"[y/N] ")) and answers:
        hidden = b"not shown" in asked or b"passphrase" in asked.lower()
        while hidden and termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, answers.pop(0).encode() + b"\n")
        asked = b""
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
