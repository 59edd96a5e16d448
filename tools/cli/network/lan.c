/* A bridge or a switch; see lan.h. */
#include "lan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"
#include "bridge.h"
#include "switch.h"

int lan_up(struct lan *lan)
{
        int error = EPERM;
        if (lan->kind == LAN_BRIDGE || (lan->kind == LAN_AUTO && geteuid() == 0))
                error = bridge_up(lan->name, lan->gateway);
        if (error == 0) {
                lan->kind = LAN_BRIDGE;
                return bridge_open(lan->name);
        }
        if (lan->kind == LAN_BRIDGE)
                refuse("network %s: cannot make a bridge in a network namespace: %s; `\"kind\": \"switch\"` needs no "
                       "privilege",
                       lan->name, strerror(error));
        lan->kind = LAN_SWITCH;
        return switch_up(lan->name);
}

void lan_down(const struct lan *lan)
{
        bridge_down(lan->name);
}

int lan_join(const struct lan_port *port)
{
        if (port->lan.kind == LAN_BRIDGE)
                return bridge_join(port->lan.name, port->number);
        return switch_join(port->lan.name);
}
