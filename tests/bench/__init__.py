"""Speed, side by side with a peer in the same run: `make bench`. Never part of the test suite."""
