// Prints what a program has stored in the Credential Manager, as others see it: persistence, user and secret.
#include <windows.h>
#include <wincred.h>
#include <stdio.h>

int wmain(int count, wchar_t **words) {
    CREDENTIALW *found;
    if (count != 2 || !CredReadW(words[1], CRED_TYPE_GENERIC, 0, &found)) {
        puts("nothing is there");
        return 1;
    }
    printf("persistence %lu, user %ls: %.*s\n", found->Persist, found->UserName, (int)found->CredentialBlobSize,
           (const char *)found->CredentialBlob);
    CredFree(found);
    return 0;
}
