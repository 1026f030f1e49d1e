"""What a listing says, as entries; pure: feeds, list pages, sitemaps, JSON; what kind one is."""
