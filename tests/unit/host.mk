unit_tests += tests/unit/test-host-probe
tests_unit_test_host_probe_SOURCES = tests/unit/test-host-probe.c
