"""Claims judged, explained and corrected.

statements    what a claim says, and whether it makes sense
checking      tried, then proved; and why it fails
edits         the slips that people make
repairing     the smallest change that makes a claim true
"""
