"""Parts that connectors share: transport, budgets, scrubbing, translation of errors, loose values, the manifest."""
