"""A small package index, kept in PostgreSQL."""
