unit_tests += \
	tests/unit/test-image-cache \
	tests/unit/test-image-rooted
tests_unit_test_image_cache_SOURCES = tests/unit/test-image-cache.c
tests_unit_test_image_rooted_SOURCES = tests/unit/test-image-rooted.c
