"""What tests share: servers, databases and a whole running system."""
