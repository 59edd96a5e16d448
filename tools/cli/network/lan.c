/* A bridge or a switch; see lan.h. */
#include "lan.h"

#include <errno.h>
#include <stdio.h>
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

bool lan_join(const struct lan_port *port, struct lan_end *end)
{
        *end = (struct lan_end){.is_tap = port->lan.kind == LAN_BRIDGE, .counters = -1};
        snprintf(end->interface, sizeof(end->interface), "tap%u", port->number);
        end->descriptor =
                end->is_tap ? bridge_join(port->lan.name, end->interface, &end->counters) : switch_join(port->lan.name);
        return end->descriptor >= 0;
}
