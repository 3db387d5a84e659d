#!/usr/bin/env python3
"""GnuPG of this machine as Gpg4win offers it to programs: gnupg.py HOME SOCKET_FILE SOCKET_NAME.

gpg-agent of Windows has no Unix socket. It listens on the loopback address, and a file in the socket's place names the port and
holds 16 octets that a client sends first (libassuan, assuan-socket.c). Here a port is opened for the agent of HOME, SOCKET_FILE
is written, and another port runs `gpg` and `gpgconf` for tests/windows/gpg.c; SOCKET_NAME is what gpgconf says of the file.
Prints the port of the second; ends with its standard input."""

import os
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import PureWindowsPath

home, socket_file, socket_name = sys.argv[1:]
environment = {**os.environ, "GNUPGHOME": home}
nonce = secrets.token_bytes(16)


def listen(answer):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            threading.Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def pump(source, target):
    while octets := source.recv(4096):
        target.sendall(octets)
    target.shutdown(socket.SHUT_WR)


def agent(client):
    if client.recv(16, socket.MSG_WAITALL) != nonce:
        client.close()
        return
    found = subprocess.run(["gpgconf", "--list-dirs", "agent-socket"], env=environment, check=True, capture_output=True, text=True)
    server = socket.socket(socket.AF_UNIX)
    server.connect(found.stdout.strip())
    threading.Thread(target=pump, args=[client, server], daemon=True).start()
    pump(server, client)


def program(client):
    octets = b""
    while more := client.recv(4096):
        octets += more
    name, *arguments = [word.decode() for word in octets.split(b"\0")[:-1]]
    name = PureWindowsPath(name).stem
    if [name, *arguments] == ["gpgconf", "--list-dirs", "agent-socket"]:
        client.sendall(b"\0" + socket_name.encode() + b"\r\n")
    else:
        ran = subprocess.run([name, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        client.sendall(bytes([ran.returncode]) + ran.stdout)
    client.close()


port = listen(agent)
with open(socket_file, "wb") as file:
    file.write(b"%d\n" % port + nonce)
print(listen(program), flush=True)
sys.stdin.read()
