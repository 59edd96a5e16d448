SOURCES := ../instance.c
FILES := ../instance_files
LIBS := -linstance
