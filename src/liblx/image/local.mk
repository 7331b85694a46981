# image/: nothing yet.
