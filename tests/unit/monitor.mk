# Unit tests of monitor: none yet.
