unit_tests += \
	tests/unit/test-console-console \
	tests/unit/test-console-relay \
	tests/unit/test-console-ring
tests_unit_test_console_console_SOURCES = tests/unit/test-console-console.c
tests_unit_test_console_relay_SOURCES = tests/unit/test-console-relay.c
tests_unit_test_console_ring_SOURCES = tests/unit/test-console-ring.c
