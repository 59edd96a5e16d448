/*
 * One HTTP request over lwIP's own interface (RAW), so that no socket is needed.
 *
 * Everything of the network is referred to weakly: a program that uses no network does not get one for its instance
 * data. What is named here is part of every network stack that is linked (libos/net/start.c leads to all of it), so
 * either all of it is there or none.
 */
#include "fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/init.h>
#include <coracle/sched.h>
#include <platform.h>

#include "../../net/network.h"

#include "lwip/pbuf.h"
#include "lwip/tcp.h"

#include LWIP_HOOK_FILENAME

#pragma weak network_enter
#pragma weak network_leave
#pragma weak network_wait_configured
#pragma weak network_interface_count
#pragma weak pbuf_copy_partial
#pragma weak pbuf_free
#pragma weak tcp_abort
#pragma weak tcp_arg
#pragma weak tcp_close
#pragma weak tcp_connect
#pragma weak tcp_err
#pragma weak tcp_new
#pragma weak tcp_output
#pragma weak tcp_recv
#pragma weak tcp_recved
#pragma weak tcp_write

#define HTTP_PORT 80

/* The one request under way. The core lock guards all but the wait. */
struct exchange {
        const char *request;
        struct tcp_pcb *pcb; /* NULL: lwIP has freed it */
        char *data;
        size_t bytes, room;
        bool ended;
        int error;
        struct http_reply reply;
        enum http_state state;

        struct spinlock lock;
        struct wait_queue queue;
        bool changed; /* under `lock`: somebody must look */
};

static void tell(struct exchange *exchange)
{
        spin_lock(&exchange->lock);
        exchange->changed = true;
        wait_queue_wake_all(&exchange->queue);
        spin_unlock(&exchange->lock);
}

static void fail(struct exchange *exchange, int error)
{
        if (exchange->error == 0)
                exchange->error = error;
        tell(exchange);
}

static err_t connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
        struct exchange *exchange = argument;
        (void)error;
        if (tcp_write(pcb, exchange->request, (u16_t)strlen(exchange->request), TCP_WRITE_FLAG_COPY) != ERR_OK)
                fail(exchange, -ENOMEM);
        else
                (void)tcp_output(pcb);
        return ERR_OK;
}

static void keep(struct exchange *exchange, struct pbuf *data)
{
        const size_t wanted = exchange->bytes + data->tot_len;
        if (wanted > FETCH_BYTES_MAX) {
                fail(exchange, -EMSGSIZE);
                return;
        }
        if (wanted > exchange->room) {
                const size_t room = 2 * wanted < FETCH_BYTES_MAX ? 2 * wanted : FETCH_BYTES_MAX;
                char *larger = realloc(exchange->data, room);
                if (larger == NULL) {
                        fail(exchange, -ENOMEM);
                        return;
                }
                exchange->data = larger;
                exchange->room = room;
        }
        pbuf_copy_partial(data, exchange->data + exchange->bytes, data->tot_len, 0);
        exchange->bytes = wanted;
}

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
        struct exchange *exchange = argument;
        (void)error;
        if (data == NULL) {
                exchange->ended = true;
        } else {
                keep(exchange, data);
                tcp_recved(pcb, data->tot_len);
                pbuf_free(data);
        }
        tell(exchange);
        return ERR_OK;
}

/* lwIP has given up; the control block is gone. */
static void failed(void *argument, err_t error)
{
        struct exchange *exchange = argument;
        const bool before = exchange->bytes == 0 && error == ERR_RST;
        exchange->pcb = NULL;
        fail(exchange, before ? -ECONNREFUSED : -ECONNRESET);
}

/* Core lock held. Sets out; *error as for fetch. */
static void start(struct exchange *exchange)
{
        ip_addr_t service;
        ip_addr_set_ip4_u32_val(service, NETWORK_METADATA_SERVICE);
        exchange->pcb = tcp_new();
        if (exchange->pcb == NULL) {
                exchange->error = -ENOMEM;
                return;
        }
        tcp_arg(exchange->pcb, exchange);
        tcp_recv(exchange->pcb, received);
        tcp_err(exchange->pcb, failed);
        if (tcp_connect(exchange->pcb, &service, HTTP_PORT, connected) != ERR_OK)
                exchange->error = -EHOSTUNREACH;
}

/* Core lock held. Whatever state the connection is in, nothing calls back any more. */
static void stop(struct exchange *exchange)
{
        struct tcp_pcb *pcb = exchange->pcb;
        if (pcb == NULL)
                return;
        tcp_arg(pcb, NULL);
        tcp_recv(pcb, NULL);
        tcp_err(pcb, NULL);
        if (exchange->error != 0 || tcp_close(pcb) != ERR_OK)
                tcp_abort(pcb);
}

/* Core lock held, and released while it sleeps. */
static void wait(struct exchange *exchange, uint64_t deadline)
{
        network_leave();
        spin_lock(&exchange->lock);
        int slept = 0;
        while (!exchange->changed && slept == 0)
                slept = wait_queue_sleep(&exchange->queue, &exchange->lock, deadline);
        exchange->changed = false;
        spin_unlock(&exchange->lock);
        network_enter();
        if (slept == -ETIMEDOUT && exchange->error == 0)
                exchange->error = -ETIMEDOUT;
}

bool fetch_is_possible(void)
{
        return network_start != NULL && network_interface_count != 0;
}

int fetch_wait_configured(void)
{
        network_enter();
        const int error = network_wait_configured();
        network_leave();
        return error;
}

char *fetch(const char *request, uint64_t deadline, struct http_reply *reply, int *error)
{
        struct exchange exchange = {.request = request};
        wait_queue_init(&exchange.queue);
        network_enter();
        start(&exchange);
        while (exchange.error == 0) {
                exchange.state = http_read(exchange.data, exchange.bytes, exchange.ended, &exchange.reply);
                if (exchange.state == HTTP_BAD)
                        exchange.error = -EPROTO;
                if (exchange.state != HTTP_MORE)
                        break;
                wait(&exchange, deadline);
        }
        stop(&exchange);
        network_leave();
        *error = exchange.error;
        *reply = exchange.reply;
        if (exchange.error == 0)
                return exchange.data;
        free(exchange.data);
        return NULL;
}
