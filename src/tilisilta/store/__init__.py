"""The one Django app with models; one file per subject."""
