"""What a trial needs and production does not: the local Slack, PostgreSQL and the demo."""
