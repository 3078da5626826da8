"""Everything of faxi-bot but Slack's face: rules, rooms and the way of a click."""
