"""What makes any procedure run: cases, approvals, due rows, the outbox, audit and access."""
