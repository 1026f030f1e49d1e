"""The command line, as an administrator types it."""
