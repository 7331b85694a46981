unit_tests += tests/unit/test-hook
tests_unit_test_hook_SOURCES = tests/unit/test-hook.c
