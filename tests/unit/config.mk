# Unit tests of config, and of its verbs in lifecycle/config.c.
unit_tests += \
	tests/unit/test-config-describe \
	tests/unit/test-config-edit \
	tests/unit/test-config-read \
	tests/unit/test-config-schema \
	tests/unit/test-config-types \
	tests/unit/test-config-verbs
tests_unit_test_config_describe_SOURCES = tests/unit/test-config-describe.c
tests_unit_test_config_edit_SOURCES = tests/unit/test-config-edit.c
tests_unit_test_config_read_SOURCES = tests/unit/test-config-read.c tests/unit/config-text.h
tests_unit_test_config_schema_SOURCES = tests/unit/test-config-schema.c tests/unit/config-text.h
tests_unit_test_config_types_SOURCES = tests/unit/test-config-types.c
tests_unit_test_config_verbs_SOURCES = tests/unit/test-config-verbs.c
EXTRA_DIST += \
	tests/data/config/example.conf \
	tests/data/config/example.expected \
	tests/data/config/host.settings \
	tests/data/config/include-dots.conf \
	tests/data/config/include-dots.expected \
	tests/data/config/include-missing.conf \
	tests/data/config/include-missing.expected \
	tests/data/config/include-self.conf \
	tests/data/config/include-self.expected \
	tests/data/config/include.conf \
	tests/data/config/include.expected \
	tests/data/config/map-same-host-ids.conf \
	tests/data/config/map-same-host-ids.expected \
	tests/data/config/map-without-root.conf \
	tests/data/config/map-without-root.expected \
	tests/data/config/mistakes.conf \
	tests/data/config/mistakes.expected \
	tests/data/config/part.inc \
	tests/data/config/rules.conf \
	tests/data/config/rules.expected
