http_request_SOURCES := apps/httpd/request.c apps/httpd/files.c
