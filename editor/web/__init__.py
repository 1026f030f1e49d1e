"""Screens: each view loads, authorises, calls one desk function and shows."""
