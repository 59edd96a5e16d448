NAME := lookup
SOURCES := lookup.c
