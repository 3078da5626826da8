"""The way to and from Slack: the HTTP edge, Socket Mode, the door, blocks and the sender."""
