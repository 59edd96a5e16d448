httpd_request_SOURCES := apps/httpd/request.c
