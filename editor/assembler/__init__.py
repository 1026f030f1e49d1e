"""From rows to one frozen IssueDocument, and from that to printed formats."""
