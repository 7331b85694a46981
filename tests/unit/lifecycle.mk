unit_tests += tests/unit/test-lifecycle-audit
tests_unit_test_lifecycle_audit_SOURCES = tests/unit/test-lifecycle-audit.c
