# security/: nothing yet.
