/* basename and dirname (POSIX.1-2024, libgen.h): both may change their argument. */
#include <libgen.h>
#include <string.h>

/* Takes slashes off the end of a path, all but a first one. */
static void trim(char *path)
{
        size_t length = strlen(path);
        while (length > 1 && path[length - 1] == '/')
                path[--length] = '\0';
}

/* libgen.h makes basename a macro, so that this is not GNU's function of that name in string.h. */
char *basename(char *path)
{
        static char dot[2];
        if (path == NULL || path[0] == '\0')
                return strcpy(dot, ".");
        trim(path);
        char *slash = strrchr(path, '/');
        return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

char *dirname(char *path)
{
        static char dot[2];
        char *slash;
        if (path != NULL)
                trim(path);
        slash = path == NULL ? NULL : strrchr(path, '/');
        if (slash == NULL)
                return strcpy(dot, ".");
        slash[slash == path] = '\0';
        trim(path);
        return path;
}
