# Functional tests: none yet.
