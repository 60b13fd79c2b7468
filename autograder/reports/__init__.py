"""Reports: pages for the instructor and for each student, exports for an LMS."""
