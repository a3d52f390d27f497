"""One trial: something random goes through the command line, and what comes back is compared with the oracle."""
