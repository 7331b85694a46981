unit_tests += \
	tests/unit/test-security-caps \
	tests/unit/test-security-sandbox \
	tests/unit/test-security-seccomp \
	tests/unit/test-security-sysctl \
	tests/unit/test-security-seccomp-policy
tests_unit_test_security_caps_SOURCES = tests/unit/test-security-caps.c
tests_unit_test_security_sandbox_SOURCES = tests/unit/test-security-sandbox.c
tests_unit_test_security_sysctl_SOURCES = tests/unit/test-security-sysctl.c
tests_unit_test_security_seccomp_SOURCES = tests/unit/test-security-seccomp.c tests/unit/seccomp-machine.h
tests_unit_test_security_seccomp_policy_SOURCES = tests/unit/test-security-seccomp-policy.c tests/unit/seccomp-machine.h
if HAVE_APPARMOR
unit_tests += tests/unit/test-security-apparmor
tests_unit_test_security_apparmor_SOURCES = tests/unit/test-security-apparmor.c
endif
if HAVE_SELINUX
unit_tests += tests/unit/test-security-selinux
endif
tests_unit_test_security_selinux_SOURCES = tests/unit/test-security-selinux.c
