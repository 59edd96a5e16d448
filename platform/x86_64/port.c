/* I/O ports through the gate, see device.h. */
#include "memory/device.h"

#include "gate_call.h"

uint32_t port_in(uint16_t port, unsigned width)
{
        int64_t value = gate_call(GATE_PORT_IN, port, width, 0, 0);
        return value < 0 ? UINT32_MAX : (uint32_t)value;
}

void port_out(uint16_t port, unsigned width, uint32_t value)
{
        gate_call(GATE_PORT_OUT, port, width, value, 0);
}
