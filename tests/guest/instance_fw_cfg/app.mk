SOURCES := ../../system/programs/instance/main.c
FILES := ../../system/programs/instance/files
LIBS := -linstance
