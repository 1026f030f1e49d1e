"""Tests about the house itself: who imports whom, what the documents promise."""
