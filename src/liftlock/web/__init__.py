"""The API: requests become calls of services, refusals become problems."""
