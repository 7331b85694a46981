# Unit tests of monitor.
unit_tests += tests/unit/test-monitor-requests
tests_unit_test_monitor_requests_SOURCES = tests/unit/test-monitor-requests.c
unit_tests += tests/unit/test-monitor-agent
tests_unit_test_monitor_agent_SOURCES = tests/unit/test-monitor-agent.c
