"""The shapes of our TOML files, validated by pydantic."""
