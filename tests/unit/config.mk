# Unit tests of config: none yet.
