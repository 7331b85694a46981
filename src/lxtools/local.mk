# src/lxtools: nothing yet.
