"""A small web of invented places on this machine, for the demo's real workers to crawl."""
