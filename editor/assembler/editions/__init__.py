"""Editions for screens: a web page, an EPUB, WeChat articles, and the packet of all files.

Each is a pure reading of the frozen IssueDocument and the profile: the same two, the same bytes.
"""
