/* The release, as uname tells it. */
#ifndef CORACLE_VERSION_H
#define CORACLE_VERSION_H

#define CORACLE_VERSION "0.1.0"

#endif
