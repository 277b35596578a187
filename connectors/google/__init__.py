"""Google Workspace for Education: who is who, who wrote to whom, and never what."""
