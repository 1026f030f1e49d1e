"""What is read back from finished files, and checked before they are handed out."""
