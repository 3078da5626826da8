"""Tests of the local workspace's page in a headless browser."""
