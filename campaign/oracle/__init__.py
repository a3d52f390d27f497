"""What is true: a textbook LSTM, an evaluator of the case language, brute force. Nothing of the package."""
