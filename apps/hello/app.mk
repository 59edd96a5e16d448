NAME    := hello
SOURCES := hello.c
