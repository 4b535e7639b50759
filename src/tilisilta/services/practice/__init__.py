"""The bureau and its clients: settings, clients, contacts, groups, custom fields, lists."""
