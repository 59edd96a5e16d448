/*
 * A client for system tests. For each argument: HOST prints its addresses ("name HOST: A B ..."), HOST:PORT connects
 * and prints the first line that comes ("line HOST:PORT: ..."), -ADDRESS prints the name it belongs to, "self" the
 * guest's own addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void print_address(const struct sockaddr *address, socklen_t length)
{
        char text[80];
        if (getnameinfo(address, length, text, sizeof(text), NULL, 0, NI_NUMERICHOST) == 0)
                printf(" %s", text);
}

static void self(void)
{
        struct ifaddrs *list;
        printf("self:");
        if (getifaddrs(&list) == 0) {
                for (const struct ifaddrs *each = list; each != NULL; each = each->ifa_next) {
                        printf(" %s", each->ifa_name);
                        print_address(each->ifa_addr, each->ifa_addr->sa_family == AF_INET
                                                              ? sizeof(struct sockaddr_in)
                                                              : sizeof(struct sockaddr_in6));
                }
                freeifaddrs(list);
        }
        printf("\n");
}

static void forward(const char *name)
{
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *list;
        int error = getaddrinfo(name, NULL, &hints, &list);
        printf("name %s:", name);
        if (error != 0) {
                printf(" %s\n", gai_strerror(error));
                return;
        }
        for (const struct addrinfo *each = list; each != NULL; each = each->ai_next)
                print_address(each->ai_addr, each->ai_addrlen);
        freeaddrinfo(list);
        printf("\n");
}

static void backward(const char *address)
{
        struct sockaddr_in in = {.sin_family = AF_INET};
        char name[NI_MAXHOST];
        inet_pton(AF_INET, address, &in.sin_addr);
        int error = getnameinfo((struct sockaddr *)&in, sizeof(in), name, sizeof(name), NULL, 0, NI_NAMEREQD);
        printf("address %s: %s\n", address, error != 0 ? gai_strerror(error) : name);
}

static void visit(const char *host, const char *port)
{
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        struct addrinfo *list;
        int error = getaddrinfo(host, port, &hints, &list);
        printf("line %s:%s: ", host, port);
        if (error != 0) {
                printf("%s\n", gai_strerror(error));
                return;
        }
        int descriptor = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
        if (descriptor < 0 || connect(descriptor, list->ai_addr, list->ai_addrlen) != 0) {
                printf("%s\n", strerror(errno));
        } else {
                char line[200];
                ssize_t bytes = read(descriptor, line, sizeof(line) - 1);
                line[bytes > 0 ? bytes : 0] = '\0';
                printf("%s\n", line);
        }
        close(descriptor);
        freeaddrinfo(list);
}

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i++) {
                char *colon = strchr(argv[i], ':');
                if (strcmp(argv[i], "self") == 0) {
                        self();
                } else if (argv[i][0] == '-') {
                        backward(argv[i] + 1);
                } else if (colon != NULL) {
                        *colon = '\0';
                        visit(argv[i], colon + 1);
                } else {
                        forward(argv[i]);
                }
        }
        printf("lookup done\n");
        return 0;
}
