/* A test aid: Wine 8 lacks bcryptprimitives.dll, from which Rust's standard library takes its randomness. Before the program
 * starts it also sets the folders of a user, which Wine takes from its registry whatever the environment says. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return SystemFunction036(data, (ULONG)length);
}

/* Each has the value of the variable beside it, where that is set. */
static const WCHAR *const FOLDERS[][2] = {
    {L"APPDATA", L"WINDOWS_APPDATA"},
    {L"LOCALAPPDATA", L"WINDOWS_APPDATA"},
    {L"USERPROFILE", L"WINDOWS_USERPROFILE"},
    {L"TEMP", L"WINDOWS_TEMP"},
    {L"TMP", L"WINDOWS_TEMP"},
};

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved)
{
    static WCHAR value[32767];
    if (reason == DLL_PROCESS_ATTACH)
        for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
            if (GetEnvironmentVariableW(FOLDERS[i][1], value, sizeof value / sizeof *value))
                SetEnvironmentVariableW(FOLDERS[i][0], value);
    return TRUE;
}
