"""What the service remembers: `database` keeps it in SQLite, `folders` hands it out as the folders of `--out`."""
