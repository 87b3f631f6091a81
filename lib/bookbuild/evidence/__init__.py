"""Evidence in the forms that others read: a research object, a request for a check, badges."""
