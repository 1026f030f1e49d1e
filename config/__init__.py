"""What an installation decides: settings, publication profiles, source packs, house-style tables.

Imports nothing of ours.
"""
