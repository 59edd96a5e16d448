/* UDP's socket options (none). */
#ifndef _NETINET_UDP_H
#define _NETINET_UDP_H
#endif
