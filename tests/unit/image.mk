# Unit tests of image: none yet.
