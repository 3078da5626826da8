"""The floor: clocks, the database, tasks and masking. Knows nothing of mail or Slack."""
