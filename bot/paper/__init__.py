"""What is printed: the pages that go to people by fax."""
