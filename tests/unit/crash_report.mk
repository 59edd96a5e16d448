crash_report_SOURCES := platform/x86_64/crash.c platform/x86_64/crash_reason.c platform/x86_64/backtrace.c platform/text.c \
                        tests/unit/fake/gate.c
