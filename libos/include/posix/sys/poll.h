/* The traditional name of poll.h. */
#include <poll.h>
