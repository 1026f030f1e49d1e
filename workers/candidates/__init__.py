"""What becomes of a captured page: a candidate, grouped with its reprints, indexed, looked up."""
