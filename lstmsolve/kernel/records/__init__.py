"""Plain records (what JSON holds) to problems, weights and certificates; whatever is not expected is an error."""
