"""Integrations: agent frameworks whose runs become traces. Each needs its extra, as the error says."""
