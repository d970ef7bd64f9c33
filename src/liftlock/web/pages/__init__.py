"""The console: HTML pages for people; each file is one noun's, and is served by being here."""
