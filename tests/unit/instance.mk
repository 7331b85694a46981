unit_tests += \
	tests/unit/test-instance-attach-user \
	tests/unit/test-instance-plan \
	tests/unit/test-instance-steps \
	tests/unit/test-instance-sync
tests_unit_test_instance_attach_user_SOURCES = tests/unit/test-instance-attach-user.c
tests_unit_test_instance_plan_SOURCES = tests/unit/test-instance-plan.c
tests_unit_test_instance_steps_SOURCES = tests/unit/test-instance-steps.c
tests_unit_test_instance_sync_SOURCES = tests/unit/test-instance-sync.c
