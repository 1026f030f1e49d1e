"""What is wrong with an issue before it is printed."""
