"""What a class hands in: rosters, downloads of an LMS, the exchange, late days."""
