"""The workspace as integrations see it: the port `ports.own.WorkspaceBooks` over a company's own invoices.

What opens it stands in `books`; here nothing is imported, so that setting up an integration does not load it all.
"""
