"""What both wings share with people: the demonstration, and later reports and alerts."""
