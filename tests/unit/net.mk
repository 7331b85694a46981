unit_tests += \
	tests/unit/test-net-address \
	tests/unit/test-net-ifname \
	tests/unit/test-net-ip \
	tests/unit/test-net-links \
	tests/unit/test-net-network \
	tests/unit/test-net-usernet
tests_unit_test_net_address_SOURCES = tests/unit/test-net-address.c
tests_unit_test_net_ifname_SOURCES = tests/unit/test-net-ifname.c
tests_unit_test_net_ip_SOURCES = tests/unit/test-net-ip.c
tests_unit_test_net_links_SOURCES = tests/unit/test-net-links.c
tests_unit_test_net_network_SOURCES = tests/unit/test-net-network.c
tests_unit_test_net_usernet_SOURCES = tests/unit/test-net-usernet.c
