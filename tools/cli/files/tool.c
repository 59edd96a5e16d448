/* Runs a program and keeps what it says for the case that it fails; see tool.h. */
#include "tool.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../message.h"
#include "../text.h"

extern char **environ;

static int start(char *const argv[], pid_t *id, int *output)
{
        int ends[2];
        if (pipe(ends) != 0)
                return errno;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        const int error = posix_spawnp(id, argv[0], &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        *output = ends[0];
        return error;
}

static void read_all(int output, struct text *said)
{
        char bytes[1024];
        ssize_t count;
        while ((count = read(output, bytes, sizeof(bytes))) > 0 || (count < 0 && errno == EINTR)) {
                if (count > 0)
                        text_add_bytes(said, bytes, (size_t)count);
        }
        close(output);
}

static const char *last_line(struct text *said)
{
        while (said->length != 0 && said->bytes[said->length - 1] == '\n')
                said->bytes[--said->length] = '\0';
        const char *newline = said->length != 0 ? strrchr(said->bytes, '\n') : NULL;
        return newline != NULL ? newline + 1 : said->length != 0 ? said->bytes : "it said nothing";
}

void tool_run(char *const argv[], const char *package)
{
        struct text said = {0};
        pid_t id = 0;
        int output = -1, status = 0;
        const int error = start(argv, &id, &output);
        if (error == ENOENT)
                refuse("%s is not installed; apt-get install %s", argv[0], package);
        if (error != 0)
                refuse("%s cannot be started: %s", argv[0], strerror(error));
        read_all(output, &said);
        while (waitpid(id, &status, 0) < 0 && errno == EINTR)
                ;
        if (status != 0)
                refuse("%s failed: %s", argv[0], last_line(&said));
        text_free(&said);
}
