"""The command line: parse, call the api, render, exit code. Nothing is computed here."""
