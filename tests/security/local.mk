# Known ways out of a container, tried for real, each with its twin. The programs are static: they run inside guests.
noinst_PROGRAMS += tests/security/payload tests/security/loader tests/security/sandbox
tests_security_payload_SOURCES = tests/security/payload.c
tests_security_payload_CFLAGS = -std=gnu11 $(BASE_CFLAGS) $(WARN_CFLAGS)
tests_security_payload_LDFLAGS = -all-static
tests_security_payload_LDADD =
tests_security_loader_SOURCES = tests/security/loader.c
tests_security_loader_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -O2 -ffreestanding -fno-stack-protector -fno-pie -fno-sanitize=all
tests_security_loader_LDFLAGS = -all-static -nostdlib
tests_security_loader_LDADD =
# What is tried from the monitor's own sandbox, with the library's function and the front's table.
tests_security_sandbox_SOURCES = tests/security/sandbox.c
tests_security_sandbox_LDADD = $(CORE_LIBS)

functional_tests += \
	tests/security/apparmor.bats \
	tests/security/exec.bats \
	tests/security/exhaustion.bats \
	tests/security/files.bats \
	tests/security/hostile.bats \
	tests/security/intercept.bats \
	tests/security/kernel.bats \
	tests/security/monitor-sandbox.bats \
	tests/security/rights.bats \
	tests/security/settings.bats
EXTRA_DIST += tests/security/lib.bash
