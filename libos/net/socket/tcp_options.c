/* TCP's own socket options, and the common ones as lwIP's control block wants them. */
#include <errno.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "tcp.h"
#include "lwip/priv/tcp_priv.h"

#define MILLISECONDS 1000u

void tcp_socket_options_changed(struct socket *socket)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        struct tcp_pcb *pcb = tcp->pcb;
        if (pcb == NULL)
                return;
        pcb->so_options = (u8_t)((pcb->so_options & ~(SOF_REUSEADDR | SOF_KEEPALIVE)) |
                                 (socket->reuse_address ? SOF_REUSEADDR : 0) | (socket->keepalive ? SOF_KEEPALIVE : 0));
        if (socket->ttl != 0)
                pcb->ttl = socket->ttl;
        pcb->tos = socket->tos;
        if (tcp->phase == TCP_LISTENING)
                return; /* a listener's block ends here; what follows is carried to its connections */
        if (tcp->nodelay)
                tcp_nagle_disable(pcb);
        else
                tcp_nagle_enable(pcb);
        pcb->keep_idle = tcp->keep_idle != 0 ? tcp->keep_idle : TCP_KEEPIDLE_DEFAULT;
        pcb->keep_intvl = tcp->keep_interval != 0 ? tcp->keep_interval : TCP_KEEPINTVL_DEFAULT;
        pcb->keep_cnt = tcp->keep_count != 0 ? tcp->keep_count : TCP_KEEPCNT_DEFAULT;
}

static int seconds_option(uint32_t *milliseconds, int value)
{
        if (value < 1 || value > 32767)
                return -EINVAL;
        *milliseconds = (uint32_t)value * MILLISECONDS;
        return 0;
}

int tcp_socket_set_option(struct socket *socket, int level, int name, int value)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        int error = 0;
        if (level != IPPROTO_TCP)
                return -ENOPROTOOPT;
        switch (name) {
        case TCP_NODELAY:
                tcp->nodelay = value != 0;
                break;
        case TCP_CORK:
                tcp->corked = value != 0;
                if (!tcp->corked && tcp->phase == TCP_CONNECTED && tcp->pcb != NULL)
                        tcp_output(tcp->pcb);
                return 0;
        case TCP_KEEPIDLE:
                error = seconds_option(&tcp->keep_idle, value);
                break;
        case TCP_KEEPINTVL:
                error = seconds_option(&tcp->keep_interval, value);
                break;
        case TCP_KEEPCNT:
                if (value < 1 || value > 127)
                        return -EINVAL;
                tcp->keep_count = (uint32_t)value;
                break;
        case TCP_QUICKACK:
        case TCP_DEFER_ACCEPT:
        case TCP_USER_TIMEOUT:
                return 0; /* hints */
        default:
                return -ENOPROTOOPT;
        }
        if (error == 0)
                tcp_socket_options_changed(socket);
        return error;
}

int tcp_socket_get_option(struct socket *socket, int level, int name, int *value)
{
        const struct tcp_socket *tcp = tcp_socket(socket);
        if (level == SOL_SOCKET && name == SO_ACCEPTCONN) {
                *value = tcp->phase == TCP_LISTENING;
                return 0;
        }
        if (level != IPPROTO_TCP)
                return -ENOPROTOOPT;
        switch (name) {
        case TCP_NODELAY:
                *value = tcp->nodelay;
                return 0;
        case TCP_CORK:
                *value = tcp->corked;
                return 0;
        case TCP_MAXSEG:
                *value = tcp->phase == TCP_CONNECTED && tcp->pcb != NULL ? tcp_mss(tcp->pcb) : TCP_MSS;
                return 0;
        case TCP_KEEPIDLE:
                *value = (int)((tcp->keep_idle != 0 ? tcp->keep_idle : TCP_KEEPIDLE_DEFAULT) / MILLISECONDS);
                return 0;
        case TCP_KEEPINTVL:
                *value = (int)((tcp->keep_interval != 0 ? tcp->keep_interval : TCP_KEEPINTVL_DEFAULT) / MILLISECONDS);
                return 0;
        case TCP_KEEPCNT:
                *value = (int)(tcp->keep_count != 0 ? tcp->keep_count : TCP_KEEPCNT_DEFAULT);
                return 0;
        default:
                return -ENOPROTOOPT;
        }
}
