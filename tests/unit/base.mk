# Unit tests of base.
unit_tests += \
	tests/unit/test-base-datagram \
	tests/unit/test-base-error \
	tests/unit/test-base-event \
	tests/unit/test-base-file \
	tests/unit/test-base-ini \
	tests/unit/test-base-library \
	tests/unit/test-base-log \
	tests/unit/test-base-memory \
	tests/unit/test-base-notify \
	tests/unit/test-base-parse \
	tests/unit/test-base-process \
	tests/unit/test-base-sock \
	tests/unit/test-base-str
tests_unit_test_base_datagram_SOURCES = tests/unit/test-base-datagram.c
tests_unit_test_base_error_SOURCES = tests/unit/test-base-error.c
tests_unit_test_base_event_SOURCES = tests/unit/test-base-event.c
tests_unit_test_base_file_SOURCES = tests/unit/test-base-file.c
tests_unit_test_base_ini_SOURCES = tests/unit/test-base-ini.c
tests_unit_test_base_library_SOURCES = tests/unit/test-base-library.c
tests_unit_test_base_log_SOURCES = tests/unit/test-base-log.c
tests_unit_test_base_memory_SOURCES = tests/unit/test-base-memory.c
tests_unit_test_base_notify_SOURCES = tests/unit/test-base-notify.c
tests_unit_test_base_parse_SOURCES = tests/unit/test-base-parse.c
tests_unit_test_base_process_SOURCES = tests/unit/test-base-process.c
tests_unit_test_base_sock_SOURCES = tests/unit/test-base-sock.c
tests_unit_test_base_str_SOURCES = tests/unit/test-base-str.c
