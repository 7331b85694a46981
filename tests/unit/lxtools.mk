# Unit tests of lxtools: none yet.
