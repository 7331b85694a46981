unit_tests += \
	tests/unit/test-container-journal \
	tests/unit/test-container-lock \
	tests/unit/test-container-name \
	tests/unit/test-container-state \
	tests/unit/test-container-store
tests_unit_test_container_journal_SOURCES = tests/unit/test-container-journal.c
tests_unit_test_container_lock_SOURCES = tests/unit/test-container-lock.c
tests_unit_test_container_name_SOURCES = tests/unit/test-container-name.c
tests_unit_test_container_state_SOURCES = tests/unit/test-container-state.c
tests_unit_test_container_store_SOURCES = tests/unit/test-container-store.c
