# Unit tests of libexec: none yet.
