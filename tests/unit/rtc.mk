rtc_SOURCES := platform/rtc/decode.c
