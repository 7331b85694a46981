# Unit tests of hook: none yet.
