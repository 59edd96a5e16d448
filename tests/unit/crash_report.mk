crash_report_SOURCES := platform/x86_64/crash/crash.c platform/x86_64/crash/crash_reason.c platform/x86_64/crash/backtrace.c platform/text.c \
                        tests/unit/fake/gate.c
