"""Files of other tools, and the packages that some of them need."""
