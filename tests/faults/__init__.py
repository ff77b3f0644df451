"""The whole hall under kill -9: `script/server` as an office runs it, load on its counters, a checker of what it acknowledged."""
