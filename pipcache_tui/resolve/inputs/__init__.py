"""What people ask for: requirements, requirements files, lock files and projects, read as pip or their tools do."""
