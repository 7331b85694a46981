# config/: nothing yet.
