unit_tests += \
	tests/unit/test-security-caps \
	tests/unit/test-security-seccomp
tests_unit_test_security_caps_SOURCES = tests/unit/test-security-caps.c
tests_unit_test_security_seccomp_SOURCES = tests/unit/test-security-seccomp.c
