unit_tests += tests/unit/test-storage
tests_unit_test_storage_SOURCES = tests/unit/test-storage.c
