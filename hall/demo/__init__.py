"""The demo county: read from `fixtures/`, put into the database part by part, each part only where it is missing."""
