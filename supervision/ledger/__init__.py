"""The log: canonical bytes, the database fences around records."""
