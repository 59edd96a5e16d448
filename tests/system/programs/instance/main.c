/*
 * Prints all that instance data can set: host name, arguments, environment, the file tree with what is in each file,
 * and what coracle/instance.h tells. The guest tests instance_* are made of it too.
 */
#include <coracle/instance.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const char *seen_by_constructor;

__attribute__((constructor)) static void look_early(void)
{
        seen_by_constructor = getenv("GREETING");
}

static void show_file(const char *path, const struct stat *status)
{
        char text[80] = "";
        int file = open(path, O_RDONLY);
        ssize_t bytes = read(file, text, sizeof(text) - 1);
        for (ssize_t i = 0; i < bytes; i++)
                text[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '_';
        printf("file %s %ld: %s\n", path, (long)status->st_size, text);
        if (status->st_size != 0) {
                const char *mapped = mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_PRIVATE, file, 0);
                if (mapped == MAP_FAILED || mapped[0] == '\0' || mapped[status->st_size] != '\0' ||
                    munmap((void *)mapped, (size_t)status->st_size) != 0)
                        printf("%s does not map\n", path);
        }
        close(file);
}

static void show_directory(const char *path)
{
        char below[300];
        DIR *directory = opendir(path);
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
                struct stat status;
                if (entry->d_name[0] == '.')
                        continue;
                snprintf(below, sizeof(below), "%s/%s", path[1] == '\0' ? "" : path, entry->d_name);
                if (stat(below, &status) != 0)
                        printf("%s cannot be looked at\n", below);
                else if (S_ISDIR(status.st_mode))
                        show_directory(below);
                else
                        show_file(below, &status);
        }
        closedir(directory);
}

int main(int argc, char **argv)
{
        char host[70];
        gethostname(host, sizeof(host));
        printf("host %s\n", host);
        for (int i = 0; i < argc; i++)
                printf("argument %d: %s\n", i, argv[i]);
        for (char **word = environ; *word != NULL; word++)
                printf("environment %s\n", *word);
        printf("constructor saw %s\n", seen_by_constructor != NULL ? seen_by_constructor : "nothing");
        show_directory("/");
        size_t bytes;
        const char *data = coracle_instance_user_data(&bytes);
        if (data != NULL)
                printf("user data %zu bytes, %.13s\n", bytes, data);
        if (coracle_instance_id() != NULL)
                printf("instance %s\n", coracle_instance_id());
        return 0;
}
