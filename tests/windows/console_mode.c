/* A test aid: runs the rest of its command line, lets Ctrl-C pass by, and says with which code it ended and whether the console is as it
 * was before. cmd of Wine 8 cannot be asked: Ctrl-C ends it. */
#include <stdio.h>
#include <windows.h>

static BOOL WINAPI pass_by(DWORD event)
{
    (void)event;
    return TRUE;
}

int wmain(int count, WCHAR **words)
{
    WCHAR line[8192] = L"";
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD before, after, code;
    HANDLE console = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);

    for (int i = 1; i < count; i++) {
        wcscat(line, L"\"");
        wcscat(line, words[i]);
        wcscat(line, L"\" ");
    }
    SetConsoleCtrlHandler(pass_by, TRUE);
    if (!GetConsoleMode(console, &before) || !CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process))
        return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    if (!GetConsoleMode(console, &after))
        return 1;
    printf("ended with %08lX, the console is %s\n", code, before == after ? "as it was" : "changed");
    return 0;
}
