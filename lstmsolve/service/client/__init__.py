"""The client of the service, of the standard library and this package's own values."""
