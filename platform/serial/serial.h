/* The 16550 UART at COM1 (National PC16550D data sheet): the registers, and what its output and input halves share. */
#ifndef CORACLE_PLATFORM_SERIAL_H
#define CORACLE_PLATFORM_SERIAL_H

#include <stddef.h>

#define SERIAL_COM1 0x3f8u
#define SERIAL_ISA  4u /* COM1's ISA interrupt */

/* Register offsets, with the divisor latch closed. */
#define SERIAL_DATA           0u
#define SERIAL_INTERRUPT      1u /* enable register */
#define SERIAL_IDENTIFICATION 2u /* read */
#define SERIAL_FIFO           2u /* write */
#define SERIAL_MODEM          4u
#define SERIAL_LINE           5u /* line status */

#define SERIAL_INTERRUPT_RECEIVE 0x01u
#define SERIAL_FIFO_ENABLE       0x01u
#define SERIAL_MODEM_DTR         0x01u
#define SERIAL_MODEM_RTS         0x02u
#define SERIAL_MODEM_OUT2        0x08u /* a PC gates the interrupt line with it */
#define SERIAL_LINE_RECEIVED     0x01u
#define SERIAL_LINE_HOLDING      0x20u /* transmit FIFO empty: 16 bytes fit */
#define SERIAL_LINE_IDLE         0x40u /* and the shift register too: everything has left */
#define SERIAL_LINE_ABSENT       0xffu /* nobody drives the bus */

/* platform/serial/input.c; see struct console_driver. */
size_t serial_read(void *ctx, void *data, size_t bytes);
void serial_on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx);

#endif
