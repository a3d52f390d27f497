"""What people see: tables, verdicts and progress. The only modules that print."""
