/* Has the program of the same directory's sibling print its addresses first, and so use the network. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

__attribute__((constructor)) static void show_addresses(void)
{
        struct ifaddrs *all;
        if (getifaddrs(&all) != 0)
                return;
        for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
                char text[INET6_ADDRSTRLEN];
                if (one->ifa_addr == NULL || (one->ifa_flags & IFF_LOOPBACK) != 0)
                        continue;
                const void *address =
                        one->ifa_addr->sa_family == AF_INET
                                ? (const void *)&((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr
                                : (const void *)&((struct sockaddr_in6 *)(void *)one->ifa_addr)->sin6_addr;
                if ((one->ifa_addr->sa_family == AF_INET || one->ifa_addr->sa_family == AF_INET6) &&
                    inet_ntop(one->ifa_addr->sa_family, address, text, sizeof(text)) != NULL)
                        printf("address %s %s\n", one->ifa_name, text);
        }
        freeifaddrs(all);
}
