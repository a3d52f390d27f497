"""What looks for weights. Whatever an engine returns is a candidate until a certificate is checked."""
