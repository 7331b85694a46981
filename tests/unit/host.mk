# Unit tests of host: none yet.
