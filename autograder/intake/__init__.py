"""What a class hands in: rosters, an LMS's downloads, nbgrader's exchange, late days."""
