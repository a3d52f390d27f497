"""Jobs as values: what is asked (`questions`), how far it is (`records`, `progress`), and who is next (`fairness`)."""
