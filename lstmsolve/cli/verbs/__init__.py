"""One module a command, or a few that belong together: parse, call the api, render, exit code."""
