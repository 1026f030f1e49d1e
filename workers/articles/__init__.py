"""What a page says, as an Extract; pure: the article's blocks, headline, source and date."""
