# Unit tests of monitor.
unit_tests += tests/unit/test-monitor-asks tests/unit/test-monitor-front
tests_unit_test_monitor_asks_SOURCES = tests/unit/test-monitor-asks.c
tests_unit_test_monitor_front_SOURCES = tests/unit/test-monitor-front.c
unit_tests += tests/unit/test-monitor-agent
tests_unit_test_monitor_agent_SOURCES = tests/unit/test-monitor-agent.c
unit_tests += tests/unit/test-monitor-renewal
tests_unit_test_monitor_renewal_SOURCES = tests/unit/test-monitor-renewal.c
unit_tests += tests/unit/test-monitor-rendezvous
tests_unit_test_monitor_rendezvous_SOURCES = tests/unit/test-monitor-rendezvous.c
