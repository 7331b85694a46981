# Unit tests of console: none yet.
