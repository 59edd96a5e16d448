serial_SOURCES := platform/serial/serial.c platform/console.c platform/command_line.c tests/unit/fake/gate.c
