unit_tests += tests/unit/test-lifecycle-audit
tests_unit_test_lifecycle_audit_SOURCES = tests/unit/test-lifecycle-audit.c
unit_tests += tests/unit/test-lifecycle-autostart
tests_unit_test_lifecycle_autostart_SOURCES = tests/unit/test-lifecycle-autostart.c
unit_tests += tests/unit/test-lifecycle-check-host
tests_unit_test_lifecycle_check_host_SOURCES = tests/unit/test-lifecycle-check-host.c
unit_tests += tests/unit/test-lifecycle-wait
tests_unit_test_lifecycle_wait_SOURCES = tests/unit/test-lifecycle-wait.c
