unit_tests += \
	tests/unit/test-sys-fake \
	tests/unit/test-sys-mountinfo \
	tests/unit/test-sys-resolve
tests_unit_test_sys_fake_SOURCES = tests/unit/test-sys-fake.c
tests_unit_test_sys_mountinfo_SOURCES = tests/unit/test-sys-mountinfo.c
tests_unit_test_sys_resolve_SOURCES = tests/unit/test-sys-resolve.c
