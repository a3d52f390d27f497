"""What the kernel reads, written: weights, problems and certificates as plain records.

Nothing here has to be trusted: what is written is read again by `kernel.records`, and what that reads is
what is proved. A test reads back whatever is written.
"""
