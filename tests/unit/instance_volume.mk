instance_volume_SOURCES := $(wildcard libos/instance/volume/*.c)
