NAME    := instance_net
SOURCES := ../instance/main.c addresses.c
FILES   := ../instance/files
LIBS    := -linstance
