"""JSON under `/api/v1`: one file a noun; each handler translates and calls one service."""
