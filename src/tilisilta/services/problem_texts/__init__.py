"""The texts of the problem catalogue, one file per subject."""
