unit_tests += \
	tests/unit/test-instance-attach-user
tests_unit_test_instance_attach_user_SOURCES = tests/unit/test-instance-attach-user.c
