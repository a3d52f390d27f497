"""Passes that find weights: `designing` races, `constructing` needs no search, `descending` works in floats."""
