"""What is slow at the other end: the layout while editors work, and exports."""
