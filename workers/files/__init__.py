"""Handed-in files: Word, PDF, HTML and text become blocks, in a process of their own."""
