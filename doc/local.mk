# doc/: nothing yet.
