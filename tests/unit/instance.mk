# Unit tests of instance: none yet.
