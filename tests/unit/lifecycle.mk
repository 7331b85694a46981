# Unit tests of lifecycle: none yet.
