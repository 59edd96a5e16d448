NAME  := instance
FILES := files
LIBS  := -linstance
