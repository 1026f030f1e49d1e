"""Tests mirror the folders; a sentence each."""
