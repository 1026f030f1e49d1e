"""The Word edition: an IssueDocument as a .docx, whose page numbers are true."""
