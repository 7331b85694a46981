# Unit tests of storage: none yet.
