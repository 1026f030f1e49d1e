"""Rows, files and the queue: the only door to what is kept."""
