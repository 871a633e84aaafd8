"""What a file is: stored responses, wheels, sdists, index pages and metadata."""
