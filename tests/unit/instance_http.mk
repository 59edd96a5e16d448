instance_http_SOURCES := libos/instance/metadata/http.c
