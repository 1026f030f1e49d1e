"""Everything about publications; nothing here reaches the outside world."""
