"""Runs a program on a terminal of its own and interrupts it at the first question whose answer is not shown.

usage: interrupted.py HOW PROGRAM ARGUMENT...   HOW is `key` (Ctrl-C is typed) or a signal's number. Prints the signal that
ended the program (or its exit code, as a positive number), and whether the terminal echoes as before.
"""

import os
import signal
import sys
import termios
import threading
import time

how, command = sys.argv[1], sys.argv[2:]
master, terminal = os.openpty()
before = termios.tcgetattr(terminal)
pid = os.fork()
if pid == 0:
    os.login_tty(terminal)
    # Whoever runs the tests in the background may have had them ignored.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)


def drain():
    while True:
        try:
            os.read(master, 4096)
        except OSError:
            return


threading.Thread(target=drain, daemon=True).start()
deadline = time.time() + 60
while termios.tcgetattr(terminal)[3] & termios.ECHO:
    if time.time() > deadline or os.waitpid(pid, os.WNOHANG)[0]:
        sys.exit("it did not ask for anything that is not shown")
    time.sleep(0.01)
if how == "key":
    os.write(master, b"half\x03")
else:
    os.write(master, b"half")
    time.sleep(0.1)
    os.kill(pid, int(how))
ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
name = signal.Signals(-ended).name if ended < 0 else str(ended)
print(name, "as before" if termios.tcgetattr(terminal) == before else "CHANGED")
