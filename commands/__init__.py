"""Slack's face: one file per capability, its declarations and its renderers."""
