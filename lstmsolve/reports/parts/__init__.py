"""What pages are made of: plots, slices, tables, runs."""
