"""Work for clients: topics, tasks, plans that make tasks come again, time, reports."""
