/* In place of gpg.exe and gpgconf.exe: hands its arguments to tests/windows/gnupg.py, which runs the program of this machine,
 * and prints what comes back. The port is in GNUPG_RELAY. */
#include <winsock2.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **words)
{
    WSADATA data;
    struct sockaddr_in address = {0};
    char buffer[4096];
    int length, status = -1;
    const char *port = getenv("GNUPG_RELAY");
    SOCKET relay;

    if (!port || WSAStartup(MAKEWORD(2, 2), &data))
        return 100;
    relay = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(relay, (struct sockaddr *)&address, sizeof address))
        return 101;
    for (int at = 0; at < count; at++)
        send(relay, words[at], (int)strlen(words[at]) + 1, 0);
    shutdown(relay, SD_SEND);
    _setmode(_fileno(stdout), _O_BINARY);
    while ((length = recv(relay, buffer, sizeof buffer, 0)) > 0) {
        /* The first octet is the exit code. */
        int start = status < 0;
        if (start)
            status = (unsigned char)buffer[0];
        fwrite(buffer + start, 1, (size_t)(length - start), stdout);
    }
    fflush(stdout);
    return status < 0 ? 102 : status;
}
