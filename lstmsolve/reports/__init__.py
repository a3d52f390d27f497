"""Outcomes to markdown pages with plots. Pages are pure functions of what they show: no clock, no host."""
