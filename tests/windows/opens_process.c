/* Says which rights another program of the same user gets at a process: opens_process.exe PID. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    static const struct { const char *name; DWORD right; } rights[] = {
        {"read", PROCESS_VM_READ},
        {"write", PROCESS_VM_WRITE},
        {"run code", PROCESS_CREATE_THREAD},
        {"take handles", PROCESS_DUP_HANDLE},
        {"wait", SYNCHRONIZE},
        {"end", PROCESS_TERMINATE},
    };
    for (size_t at = 0; count == 2 && at < sizeof rights / sizeof *rights; at++) {
        HANDLE process = OpenProcess(rights[at].right, FALSE, strtoul(words[1], NULL, 10));
        printf("%s: %s\n", rights[at].name, process ? "yes" : "no");
        if (process)
            CloseHandle(process);
    }
    return 0;
}
