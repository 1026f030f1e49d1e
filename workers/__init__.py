"""What brings the world in (crawl, extract) and what is slow (layout, export)."""
