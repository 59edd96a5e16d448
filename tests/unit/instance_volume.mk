instance_volume_SOURCES := libos/instance/volume/volume.c libos/instance/volume/iso.c libos/instance/volume/fat.c
