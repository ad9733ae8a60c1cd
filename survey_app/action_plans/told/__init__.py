"""« Vous avez dit, nous faisons »: what respondents are told once their wave is closed."""
