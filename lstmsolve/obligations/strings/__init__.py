"""What any weights at all must do on some strings: one tree for finite and for endless ones.

systems         the conditions along the strings
pools           which strings are asked about
impossibility   the question whether any weights do right on them
"""
