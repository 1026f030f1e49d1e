"""The pages: an issue settled, laid out and set by typst."""
