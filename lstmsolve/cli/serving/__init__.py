"""The command line on request: `servant` runs commands for the service, `helping` answers what the page asks."""
