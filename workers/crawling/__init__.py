"""Fetching: a host is visited politely, its listings are read back and its pages captured."""
