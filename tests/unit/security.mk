# Unit tests of security: none yet.
