/* A PKCS #11 module for tests: SoftHSM2 (REFUSING_MODULE), except that it does what REFUSES says instead of some functions:
 * `25=16,22=5` has function 25 of CK_FUNCTION_LIST answer 16 and function 22 answer 5; `25=die` ends the process there; `25=occupy` has somebody else
 * make the file new.asc before function 25 does its work. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTIONS 68

struct list {
    unsigned char version[2];
    void *functions[FUNCTIONS];
};

static struct list ours;
static unsigned long answers[FUNCTIONS];

static unsigned long die(void) {
    raise(SIGKILL);
    return 0;
}

static unsigned long (*theirs_25)(unsigned long, unsigned long, void *, unsigned long);

static unsigned long occupy(unsigned long session, unsigned long object, void *attributes, unsigned long count) {
    close(open("new.asc", O_CREAT | O_WRONLY, 0600));
    return theirs_25(session, object, attributes, count);
}

#define ANSWER(n) static unsigned long answer_##n(void) { return answers[n]; }
ANSWER(12) ANSWER(22) ANSWER(25) ANSWER(58) ANSWER(60)

static void *answering(int function) {
    switch (function) {
    case 12: return (void *)answer_12;
    case 22: return (void *)answer_22;
    case 25: return (void *)answer_25;
    case 58: return (void *)answer_58;
    case 60: return (void *)answer_60;
    default: abort();
    }
}

unsigned long C_GetFunctionList(struct list **given) {
    struct list *theirs;
    void *library = dlopen(getenv("REFUSING_MODULE"), RTLD_NOW | RTLD_LOCAL);
    unsigned long (*get)(struct list **) = (unsigned long (*)(struct list **))dlsym(library, "C_GetFunctionList");
    unsigned long result = get(&theirs);
    if (result != 0) {
        return result;
    }
    memcpy(&ours, theirs, sizeof ours);
    theirs_25 = ours.functions[25];
    for (char *rule = strtok(strdup(getenv("REFUSES")), ","); rule; rule = strtok(NULL, ",")) {
        int function = atoi(rule);
        char *answer = strchr(rule, '=') + 1;
        answers[function] = strtoul(answer, NULL, 10);
        ours.functions[function] = strcmp(answer, "die") == 0      ? (void *)die
                                   : strcmp(answer, "occupy") == 0 ? (void *)occupy
                                                                   : answering(function);
    }
    *given = &ours;
    return 0;
}
