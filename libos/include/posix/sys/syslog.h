/* The traditional name of syslog.h. */
#include <syslog.h>
