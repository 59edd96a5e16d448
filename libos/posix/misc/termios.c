/* Terminals: the console has no settings. Every call says so as POSIX wants: ENOTTY, or EBADF. */
#include <errno.h>
#include <termios.h>
#include <unistd.h>

#include "../edge.h"
#include "../file/table.h"

static int refuse(int descriptor)
{
        return edge_status(descriptor_close_on_exec(descriptor) < 0 ? -EBADF : -ENOTTY);
}

speed_t cfgetispeed(const struct termios *settings)
{
        return settings->c_ispeed;
}

speed_t cfgetospeed(const struct termios *settings)
{
        return settings->c_ospeed;
}

int cfsetispeed(struct termios *settings, speed_t speed)
{
        settings->c_ispeed = speed;
        return 0;
}

int cfsetospeed(struct termios *settings, speed_t speed)
{
        settings->c_ospeed = speed;
        return 0;
}

int tcgetattr(int descriptor, struct termios *settings)
{
        (void)settings;
        return refuse(descriptor);
}

int tcsetattr(int descriptor, int when, const struct termios *settings)
{
        (void)when;
        (void)settings;
        return refuse(descriptor);
}

/* Output to the console is complete when write returns. */
int tcdrain(int descriptor)
{
        return isatty(descriptor) ? 0 : refuse(descriptor);
}

int tcflow(int descriptor, int action)
{
        (void)action;
        return refuse(descriptor);
}

int tcflush(int descriptor, int queue)
{
        (void)queue;
        return refuse(descriptor);
}

int tcsendbreak(int descriptor, int duration)
{
        (void)duration;
        return refuse(descriptor);
}

pid_t tcgetpgrp(int descriptor)
{
        return refuse(descriptor);
}

int tcsetpgrp(int descriptor, pid_t group)
{
        (void)group;
        return refuse(descriptor);
}
