# Unit tests of net: none yet.
