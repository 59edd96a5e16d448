LIBS := -Wl,-u,__coracle_console_virtio
