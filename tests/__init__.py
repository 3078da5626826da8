"""Tests of faxi-bot, one file per module or guarantee."""
