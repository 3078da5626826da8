"""Measurements: how long what people wait for takes, on tables of a real size."""
