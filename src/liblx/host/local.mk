# host/: nothing yet.
