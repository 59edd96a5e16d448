/*
 * Terminals (POSIX.1-2024, termios.h). The console has no settings: every call fails with ENOTTY, so that programs
 * treat it as what it is, a stream of bytes.
 */
#ifndef _SYS_TERMIOS_H
#define _SYS_TERMIOS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned char cc_t;
typedef unsigned int speed_t;
typedef unsigned int tcflag_t;

#define NCCS 20

struct termios {
        tcflag_t c_iflag;
        tcflag_t c_oflag;
        tcflag_t c_cflag;
        tcflag_t c_lflag;
        cc_t c_cc[NCCS];
        speed_t c_ispeed;
        speed_t c_ospeed;
};

#define VINTR  0
#define VQUIT  1
#define VERASE 2
#define VKILL  3
#define VEOF   4
#define VTIME  5
#define VMIN   6
#define VSTART 8
#define VSTOP  9
#define VSUSP  10
#define VEOL   11

#define IGNBRK 0001
#define BRKINT 0002
#define IGNPAR 0004
#define PARMRK 0010
#define INPCK  0020
#define ISTRIP 0040
#define INLCR  0100
#define IGNCR  0200
#define ICRNL  0400
#define IXON   02000
#define IXANY  04000
#define IXOFF  010000

#define OPOST 01
#define ONLCR 04

#define CSIZE  0060
#define CS5    0000
#define CS6    0020
#define CS7    0040
#define CS8    0060
#define CSTOPB 0100
#define CREAD  0200
#define PARENB 0400
#define PARODD 01000
#define HUPCL  02000
#define CLOCAL 04000

#define ISIG   01
#define ICANON 02
#define ECHO   010
#define ECHOE  020
#define ECHOK  040
#define ECHONL 0100
#define NOFLSH 0200
#define TOSTOP 0400
#define IEXTEN 0100000

#define B0      0
#define B1200   9
#define B2400   11
#define B4800   12
#define B9600   13
#define B19200  14
#define B38400  15
#define B57600  4097
#define B115200 4098

#define TCSANOW   0
#define TCSADRAIN 1
#define TCSAFLUSH 2

#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2
#define TCOOFF    0
#define TCOON     1
#define TCIOFF    2
#define TCION     3

speed_t cfgetispeed(const struct termios *settings);
speed_t cfgetospeed(const struct termios *settings);
int cfsetispeed(struct termios *settings, speed_t speed);
int cfsetospeed(struct termios *settings, speed_t speed);
int tcgetattr(int descriptor, struct termios *settings);
int tcsetattr(int descriptor, int when, const struct termios *settings);
int tcdrain(int descriptor);
int tcflow(int descriptor, int action);
int tcflush(int descriptor, int queue);
int tcsendbreak(int descriptor, int duration);

#ifdef __cplusplus
}
#endif

#endif
