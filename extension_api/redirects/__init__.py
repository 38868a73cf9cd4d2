"""Login chains: where a login goes on to, walked by the service and seen by browsers, and the links that follow."""
