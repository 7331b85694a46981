unit_tests += \
	tests/unit/test-rootfs-guest \
	tests/unit/test-rootfs-mounts \
	tests/unit/test-rootfs-owner
tests_unit_test_rootfs_guest_SOURCES = tests/unit/test-rootfs-guest.c
tests_unit_test_rootfs_mounts_SOURCES = tests/unit/test-rootfs-mounts.c
tests_unit_test_rootfs_owner_SOURCES = tests/unit/test-rootfs-owner.c
