"""The outside world, one file each: what a service is asked, and what its answers mean."""
